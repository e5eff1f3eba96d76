"""Programs that only tests run, each in an environment of its own: they pin what the platform must not be held to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from local.cache import cache_root, digest

LOCKS = Path(__file__).parents[2] / "requirements"


def programs(lock: str) -> Path:
    """The folder of the programs of requirements/LOCK.txt, made once for each state of it."""
    locked = LOCKS / f"{lock}.txt"
    folder = cache_root() / "venv" / f"{lock}-{digest(locked.read_bytes())}"
    if not (folder / ".complete").exists():
        uv = Path(sys.executable).parent / "uv"
        more = {"UV_CACHE_DIR": str(cache_root() / "uv"), "VIRTUAL_ENV": str(folder)}
        for step in (
            ["venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            ["pip", "sync", "--quiet", "--require-hashes", str(locked)],
        ):
            subprocess.run([str(uv), *step], env=os.environ | more, check=True)
        (folder / ".complete").touch()
    return folder / "bin"
