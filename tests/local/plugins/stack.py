"""A throw-away Pulumi project, run by the real engine with the plugins of this repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PLUGINS = ROOT / "local" / "plugins" / "bin"


@dataclass(frozen=True)
class Run:
    """What one `pulumi` command printed, both streams together, and its exit code."""

    code: int
    text: str


@dataclass
class Stack:
    """One project with one stack `t` in `folder`; its state is a file backend beside it."""

    folder: Path
    engine: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "state").mkdir()
        (self.folder / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")
        self.pulumi("stack", "init", "t")
        for key, value in self.settings.items():
            self.configure(key, value)

    def write(self, program: str, name: str = "__main__.py") -> None:
        (self.folder / name).write_text(textwrap.dedent(program))

    def configure(self, key: str, value: str, *, secret: bool = False) -> None:
        done = self.pulumi("config", "set", key, value, *(["--secret"] if secret else []))
        assert done.code == 0, done.text

    def up(self) -> dict[str, Any]:
        """Brings the program up; it has to succeed. Returns the stack's outputs."""
        done = self.pulumi("up", "--yes", "--skip-preview")
        assert done.code == 0, done.text
        return self.outputs()

    def outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json").text)
        return outputs

    def changes(self) -> dict[str, int]:
        """What a preview would do, counted by operation, without what stays the same."""
        done = subprocess.run(
            ["pulumi", "preview", "--json", "--stack", "t"],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        summary: dict[str, int] = json.loads(done.stdout)["changeSummary"]
        return {operation: count for operation, count in summary.items() if operation != "same"}

    def state(self) -> str:
        return (self.folder / "state/.pulumi/stacks/trial/t.json").read_text()

    def pulumi(self, *arguments: str, **variables: str) -> Run:
        running = self.start(*arguments, **variables)
        text, _nothing = running.communicate()
        return Run(running.returncode, text)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Starts a command and returns at once."""
        line = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        line += [] if arguments[:2] == ("stack", "init") else ["--stack", "t"]
        environment = self._environment() | variables
        return subprocess.Popen(line, cwd=self.folder, env=environment, stdout=-1, stderr=-2, text=True)

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "PATH": f"{PLUGINS}:{self.engine.parent}:{os.environ['PATH']}",
            "MLOPS_PYTHON": sys.executable,
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "of a test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
