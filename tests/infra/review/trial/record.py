"""`python -m tests.infra.review.trial.record FOLDER`: previews of the trial by the real engine, as tests read them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.cache import cache_root
from local.progress import Progress
from local.toolchain.build import build_toolchain

TRIAL = Path(__file__).parent
ROOT = TRIAL.parents[3]
RECORDED = TRIAL.parent / "recorded"
PLUGINS = ROOT / "local" / "plugins" / "bin"
# Of no use to a reader, or about one machine. Debug messages hold secrets: see `events.py`.
DROPPED = {"sourcePosition", "stackTrace", "timestamp", "created", "modified", "duration", "durationSeconds"}


def record(folder: Path, engine: Path) -> dict[str, str]:
    """Every recording by its file name. The first release is made by the echo, its successors are only previewed."""
    project, stand_ins = folder / "project", folder / "bin"
    for path in (project, folder / "state", stand_ins / "aws", stand_ins / "kubernetes"):
        path.mkdir(parents=True)
    for name in ("__main__.py", "Pulumi.yaml"):
        shutil.copy(TRIAL / name, project)
    for name in ("aws", "kubernetes"):
        launcher = stand_ins / name / f"pulumi-resource-{name}"
        launcher.write_text(f'#!/bin/sh\nexec "$MLOPS_PYTHON" -u "{TRIAL / "echo.py"}" "$@"\n')
        launcher.chmod(0o755)
    real = f"{stand_ins / 'aws'}:{PLUGINS}:{engine.parent}:{os.environ['PATH']}"
    environment = os.environ | {
        "PATH": real,
        "PYTHONPATH": str(ROOT),
        "MLOPS_PYTHON": sys.executable,
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "of a test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    def pulumi(*arguments: str, fails: bool = False, **variables: str) -> str:
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        done = subprocess.run(command, cwd=project, env=environment | variables, capture_output=True, text=True)
        assert bool(done.returncode) is fails, done.stdout[-2000:] + done.stderr
        return done.stdout

    def preview(release: int, *, fails: bool = False) -> str:
        pulumi("config", "set", "release", str(release))
        stream = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"}
        return pulumi("preview", "--json", "--policy-pack", str(TRIAL / "policies"), fails=fails, **stream)

    pulumi("stack", "init", "dev")
    found = {"new.jsonl": preview(1, fails=True)}
    pulumi("up", "--yes", "--skip-preview", PATH=f"{stand_ins / 'kubernetes'}:{real}")
    found |= {"changed.jsonl": preview(2), "protected.jsonl": preview(3, fails=True)}
    found["broken.jsonl"] = preview(4, fails=True)
    pulumi("config", "set", "release", "2")
    found["digest.json"] = pulumi("preview", "--json")
    return {name: _general(name, text, folder) for name, text in found.items()}


def _general(name: str, text: str, folder: Path) -> str:
    if name.endswith(".json"):
        return json.dumps(_kept(json.loads(text)), indent=1).replace(str(folder), "").replace(str(ROOT), "") + "\n"
    events = [json.loads(line) for line in text.splitlines()]
    wanted = [event for event in events if event.get("diagnosticEvent", {}).get("severity") != "debug"]
    lines = (json.dumps(_kept(event)).replace(str(folder), "").replace(str(ROOT), "") for event in wanted)
    return "\n".join(lines) + "\n"


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _kept(each) for key, each in value.items() if key not in DROPPED}
    return [_kept(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDED
    with tempfile.TemporaryDirectory() as temporary:
        made = record(Path(temporary), build_toolchain(cache_root(), Progress(), ("pulumi",)) / "pulumi")
    for file, content in made.items():
        (target / file).write_text(content)
