"""The Pulumi engine on this machine: the user's own when complete, else the one the toolchain built."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.platform.events import quiet

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "local" / "plugins" / "bin"
STACK = "local"


def installed_pulumi() -> str | None:
    """The user's own `pulumi`, when its Python language host and the official Kubernetes plugin are there too."""
    pulumi = shutil.which("pulumi")
    if pulumi is None or shutil.which("pulumi-language-python") is None:
        return None
    listed = subprocess.run([pulumi, "plugin", "ls"], capture_output=True, text=True).stdout
    return pulumi if "kubernetes" in listed else None


@dataclass(frozen=True)
class Engine:
    """Runs `pulumi` for one instance. State is a file backend in the instance's folder, encrypted by its passphrase."""

    folder: Path
    toolchain: Path

    @property
    def config_file(self) -> Path:
        return self.folder / "Pulumi.local.yaml"

    def environment(self) -> dict[str, str]:
        """What `pulumi` needs to find its backend, its passphrase and its plugins."""
        own = installed_pulumi() is None
        path = f"{PLUGINS}:{self.toolchain}:" if own else ""
        return os.environ | {
            "PATH": f"{path}{os.environ['PATH']}",
            "MLOPS_PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'pulumi'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.folder / "passphrase"),
            "PULUMI_HOME": str(self.folder / "pulumi-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "false",
        }

    def run(self, *arguments: str, given: str = "", folder: Path = ROOT) -> str:
        """Runs `pulumi ARGUMENTS` on the stack in `folder`, with `given` as its standard input. Returns its output."""
        command = ["pulumi", *arguments, "--stack", STACK, "--non-interactive", "--color", "never"]
        done = subprocess.run(command, cwd=folder, env=self.environment(), text=True, input=given, capture_output=True)
        if done.returncode:
            raise LocalError(
                f"`pulumi {' '.join(arguments)}` ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def follow(self, *arguments: str, show: Callable[[str], None]) -> list[str]:
        """Runs a command that reads the stack's config and shows each line as it comes. Returns the lines."""
        command = ["pulumi", *arguments, "--stack", STACK, "--config-file", str(self.config_file), "--suppress-outputs"]
        command += ["--non-interactive", "--color", "never"]
        lines, wanted = [], quiet()
        with subprocess.Popen(command, cwd=ROOT, env=self.environment(), text=True, stdout=-1, stderr=-2) as running:
            assert running.stdout
            for line in running.stdout:
                lines.append(line.rstrip())
                if wanted(line.rstrip()):
                    show(line.rstrip())
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
        if not (state / "stacks" / "mlops" / f"{STACK}.json").exists():
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
