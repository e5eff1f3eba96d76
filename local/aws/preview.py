"""`make preview`: what `pulumi up` of a stack would do, as a reviewer reads it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from infra.review.__main__ import review
from local.aws.trial import stacks, trial
from local.cluster.registry import find_instance
from local.errors import LocalError
from local.platform.engine import GUARDRAILS, ROOT, STACK, Engine, engine_tools, is_installed
from local.toolchain.build import build_toolchain

ENGINE = ("preview", "--json", *GUARDRAILS)
# Without it the digest tells no policy results.
STREAM = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"}


def preview(cache: Path, stack: str, instance: str, output: Path | None, report: Callable[[str], None]) -> int:
    """Prints the preview as Markdown and writes what fits into a comment. Exit code 1 for what must not be applied.

    With the user's own Pulumi it is the user's own stack, in the account; with ours a stack that does not exist yet,
    on emulators; and `local` is the instance's, as it runs.
    """
    # The events hold secrets: they stay in memory.
    if stack == STACK:
        told = events(_of_instance(cache, instance, report))
    elif is_installed():
        told = _events(stack, dict(os.environ), None)
    else:
        with trial(cache, stack, report, cluster=False) as emulated:
            told = events(emulated.engine)
    return review(told, stack, output)


def events(engine: Engine) -> str:
    """The JSON of a preview, also of one that the engine refuses. It holds secrets."""
    return _events(engine.stack, engine.environment(), engine.config_file)


def _of_instance(cache: Path, name: str, report: Callable[[str], None]) -> Engine:
    found = find_instance(cache, name)
    if found is None or not Engine(found.folder, cache).holds_resources():
        others = ", ".join(stacks())
        raise LocalError(f"instance {name!r} was never brought up: `make up` first, or preview STACK={others}")
    return Engine(found.folder, build_toolchain(cache, report, engine_tools()))


def _events(stack: str, environment: dict[str, str], config: Path | None) -> str:
    where = [] if config is None else ["--config-file", str(config)]
    done = subprocess.run(
        ["pulumi", *ENGINE, "--stack", stack, *where, "--non-interactive"],
        cwd=ROOT, env=environment | STREAM, text=True, capture_output=True,
    )  # fmt: skip
    if not done.stdout.strip():
        raise LocalError(f"`pulumi preview` of stack {stack!r} told nothing:\n{done.stderr}")
    return done.stdout
