"""The checkout this code stands in: what builds images and programs is there and in no image."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs.errors import ConfigError, ImageError

ROOT = Path(__file__).parents[2]
TAIL = 15


def run(module: str, arguments: Sequence[str], root: Path = ROOT) -> str:
    """What `python -m MODULE …` of the checkout prints; its progress goes to stderr. Raises ConfigError, ImageError."""
    if not (root / Path(*module.split(".")) / "__main__.py").exists():
        raise ConfigError(
            "this needs a checkout of the repository, which builds the images; it cannot be done inside one",
            given=f"{root} has no {module}", change="run the same command in a clone, where `make up` works",
        )  # fmt: skip
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise ImageError(
            f"`python -m {' '.join([module, *arguments])}` failed", given=f"exit code {done.returncode}",
            details=tuple(done.stdout.splitlines()[-TAIL:]), change="what went wrong stands above, on stderr",
        )  # fmt: skip
    return done.stdout
