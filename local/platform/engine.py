"""The Pulumi engine on this machine: the one the toolchain built, or the user's own with `MLOPS_PULUMI=installed`."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.errors import LocalError
from local.platform.events import quiet

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "local" / "plugins" / "bin"
STACK = "local"
GUARDRAILS = ("--policy-pack", "infra/guardrails")
CONFIG_FILE = f"Pulumi.{STACK}.yaml"


def is_installed() -> bool:
    """Whether `$MLOPS_PULUMI` asks for the user's own Pulumi, with its own plugins, instead of the toolchain's."""
    chosen = os.environ.get("MLOPS_PULUMI") or "built"
    if chosen not in {"built", "installed"}:
        raise LocalError(f"MLOPS_PULUMI={chosen} is not allowed: `built` (by the toolchain; default) or `installed`")
    if chosen == "installed" and shutil.which("pulumi") is None:
        raise LocalError("MLOPS_PULUMI=installed, and there is no `pulumi` on PATH: install it, or unset MLOPS_PULUMI")
    return chosen == "installed"


def engine_tools() -> tuple[str, ...]:
    """What the toolchain must hold for the engine."""
    return () if is_installed() else ("pulumi",)


@dataclass(frozen=True)
class Engine:
    """Runs `pulumi` for one stack. State is a file backend in `folder`, encrypted by the passphrase there.

    `more` is environment for the program and its plugins, over what this process has.
    """

    folder: Path
    toolchain: Path
    stack: str = STACK
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def config_file(self) -> Path:
        return self.folder / f"Pulumi.{self.stack}.yaml"

    def environment(self) -> dict[str, str]:
        """What `pulumi` needs to find its backend, its passphrase and its plugins."""
        # A passphrase in the environment would win over the instance's own.
        inherited = {name: value for name, value in os.environ.items() if name != "PULUMI_CONFIG_PASSPHRASE"}
        common = {
            **inherited,
            **self.more,
            "MLOPS_PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'pulumi'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.folder / "passphrase"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        if is_installed():
            # The official language host runs the `python3` that it finds on PATH.
            return common | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        return common | {
            # Last: kubeconfigs of EKS call `aws`, which this Python's environment has where the machine has none.
            "PATH": f"{PLUGINS}:{self.toolchain}:{os.environ['PATH']}:{Path(sys.executable).parent}",
            "PULUMI_HOME": str(self.folder / "pulumi-home"),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "false",
        }

    @property
    def _stack_state(self) -> Path:
        return self.folder / "pulumi" / ".pulumi" / "stacks" / "mlops" / f"{self.stack}.json"

    def holds_resources(self) -> bool:
        """Whether the stack manages anything, read from its state without the engine."""
        if not self._stack_state.exists():
            return False
        latest = json.loads(self._stack_state.read_text())["checkpoint"].get("latest") or {}
        return bool(latest.get("resources"))

    def run(self, *arguments: str, given: str = "", folder: Path = ROOT) -> str:
        """Runs `pulumi ARGUMENTS` on the stack in `folder`, with `given` as its standard input. Returns its output."""
        command = ["pulumi", *arguments, "--stack", self.stack, "--non-interactive", "--color", "never"]
        done = subprocess.run(command, cwd=folder, env=self.environment(), text=True, input=given, capture_output=True)
        if done.returncode:
            raise LocalError(
                f"`pulumi {' '.join(arguments)}` ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def follow(self, *arguments: str, show: Callable[[str], None]) -> list[str]:
        """Runs a command that reads the stack's config and shows each line as it comes. Returns the lines."""
        command = [
            "pulumi",
            *arguments,
            "--stack",
            self.stack,
            "--config-file",
            str(self.config_file),
            "--suppress-outputs",
        ]
        command += ["--non-interactive", "--color", "never"]
        lines, wanted = [], quiet()
        with subprocess.Popen(command, cwd=ROOT, env=self.environment(), text=True, stdout=-1, stderr=-2) as running:
            assert running.stdout
            for line in running.stdout:
                lines.append(line.rstrip())
                if text := wanted(lines[-1]):
                    show(text)
        if running.returncode:
            raise LocalError(
                f"`pulumi {' '.join(arguments)}` ended with {running.returncode}; its messages stand above"
            )
        return lines

    def prepare(self) -> None:
        """Makes backend, passphrase and stack where they are missing, and clears what an interrupted run left."""
        state = self.folder / "pulumi" / ".pulumi"
        state.mkdir(parents=True, exist_ok=True)
        passphrase = self.folder / "passphrase"
        if not passphrase.exists():
            passphrase.touch(mode=0o600)
            passphrase.write_text(secrets.token_hex(32))
        # `stack init` writes its salt beside Pulumi.yaml; the committed stack file must stay as it is.
        shutil.copy(ROOT / "Pulumi.yaml", self.folder)
        if not self._stack_state.exists():
            self.run("stack", "init", "--no-select", folder=self.folder)
        # The instance is locked by the caller, so a lock of the engine belongs to a run that was killed.
        if any((state / "locks").rglob("*.json")):
            self.run("cancel", "--yes")


def summary(lines: Sequence[str]) -> str:
    """What the engine says it did, from the end of its output: `95 unchanged` or `+ 3 created, 92 unchanged`."""
    start = max((number for number, line in enumerate(lines) if line.strip() == "Resources:"), default=len(lines))
    counted = []
    for line in lines[start + 1 :]:
        if not line.strip():
            break
        counted.append(" ".join(line.split()))
    return ", ".join(counted)
