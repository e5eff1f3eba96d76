"""The instance's own stack config: the committed values, where this machine runs them, and the secrets made once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from local.platform.engine import ROOT, STACK, Engine
from local.platform.secrets import create_secrets

COMMITTED = ROOT / f"Pulumi.{STACK}.yaml"
SECRETS = "mlops:secrets"

Config = dict[str, Any]


def merge(committed: Config, kept: Config, own: Mapping[str, Mapping[str, str]]) -> Config:
    """The stack file's content. `own` fills in, per object, what the committed file leaves open; pure."""
    config = {key: dict(value) if isinstance(value, dict) else value for key, value in committed["config"].items()}
    for key, values in own.items():
        config[key] = {**values, **config.get(key, {})}
    if SECRETS in kept.get("config", {}):
        config[SECRETS] = kept["config"][SECRETS]
    salt = {"encryptionsalt": kept["encryptionsalt"]} if "encryptionsalt" in kept else {}
    return {**salt, "config": config}


def read_committed() -> Config:
    """The committed stack file."""
    content: Config = yaml.safe_load(COMMITTED.read_text())
    return content


def write_config(engine: Engine, node_address: str, own: Mapping[str, Mapping[str, str]]) -> None:
    """Writes the instance's stack file. Its secrets are kept when it has them, else made now."""
    kept: Config = yaml.safe_load(engine.config_file.read_text()) if engine.config_file.exists() else {}
    merged = merge(read_committed(), kept or {}, own)
    unfinished = engine.config_file.with_suffix(".unfinished")
    unfinished.write_text(yaml.safe_dump(merged, sort_keys=False))
    unfinished.rename(engine.config_file)
    if SECRETS not in merged["config"]:
        created = json.dumps(create_secrets(node_address))
        engine.run("config", "set", "--secret", SECRETS, given=created, folder=engine.folder)
