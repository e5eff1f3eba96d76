"""The stack of an instance tells a server of this program for a while, by the settings that any user has.

What the stack file was is kept in the instance's folder until it is back, so that the next run mends what a killed one
left.
"""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.observability.alert import Severity
from local.errors import LocalError
from local.platform.engine import Engine
from local.platform.stack_config import SECRETS
from tests.support.receivers import Receivers

ALERTS, BEATS, BEAT_SECONDS = "/alerts", "/beats", 20
KEPT = "alerts-drill.json"
NAME = "drill"

Config = dict[str, Any]


def telling(config: Config) -> Config:
    """The stack file with the drill's webhook for every severity, and nobody else: a drill wakes no one. Pure."""
    changed = copy.deepcopy(config)
    changed["config"]["mlops:observability"]["alertmanager"] |= {
        "receivers": {NAME: {"kind": "webhook", "severities": [one.value for one in Severity]}},
        "heartbeat": {"seconds": BEAT_SECONDS},
    }
    return changed


def knowing(secrets: Mapping[str, Any], heard: Receivers) -> dict[str, Any]:
    """The stack's secrets with the webhook's addresses. Pure."""
    return {**secrets, "alertReceivers": {NAME: heard.url(ALERTS)}, "alertHeartbeatUrl": heard.url(BEATS)}


@dataclass(frozen=True)
class Before:
    """How the instance was: its stack file, and the replicas of its servers."""

    config: str
    replicas: dict[str, int]

    def keep(self, folder: Path) -> None:
        file = folder / KEPT
        file.touch(mode=0o600)
        file.write_text(json.dumps({"config": self.config, "replicas": self.replicas}))

    @classmethod
    def kept(cls, folder: Path) -> Before | None:
        """What a run that was killed has kept."""
        file = folder / KEPT
        return cls(**json.loads(file.read_text())) if file.exists() else None


def unchanged(engine: Engine, say: Callable[[str], None]) -> None:
    """Raises unless the stack is as this checkout and the instance's stack file have it."""
    try:
        engine.follow("preview", "--expect-no-changes", show=lambda _: None)
    except LocalError as error:
        raise LocalError(
            f"the stack is not as this checkout has it, so a drill would change more than its receivers: `make up`"
            f" from here first ({error})"
        ) from None
    say("the stack is as this checkout has it")


def put_back(engine: Engine, before: Before, say: Callable[[str], None]) -> None:
    """The stack as it was; only then is what was kept of it removed."""
    engine.config_file.write_text(before.config)
    engine.prepare()
    _up(engine, say)
    (engine.folder / KEPT).unlink(missing_ok=True)


@contextlib.contextmanager
def told(engine: Engine, before: Before, heard: Receivers, say: Callable[[str], None]) -> Iterator[None]:
    """The stack tells this program until the block ends, however it ends."""
    before.keep(engine.folder)
    try:
        changed = telling(yaml.safe_load(before.config))
        engine.config_file.write_text(yaml.safe_dump(changed, sort_keys=False))
        secrets = json.loads(engine.run("config", "get", SECRETS, folder=engine.folder))
        given = json.dumps(knowing(secrets, heard))
        engine.run("config", "set", "--secret", SECRETS, given=given, folder=engine.folder)
        _up(engine, say)
        yield
    finally:
        put_back(engine, before, say)


def _up(engine: Engine, say: Callable[[str], None]) -> None:
    engine.follow("up", "--yes", "--skip-preview", show=lambda line: say(f"  {line}"))
