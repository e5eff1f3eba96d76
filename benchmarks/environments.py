"""Environments of what the benchmarks measure beside us, each from its own lock in requirements/."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from local.cache import cache_root, digest

ROOT = Path(__file__).parents[1]
SCRATCH = cache_root() / "benchmarks"


def environment(lock: str) -> Path:
    """Python of the environment that holds exactly requirements/LOCK.txt; made once for each state of the lock."""
    locked = ROOT / "requirements" / f"{lock}.txt"
    folder = SCRATCH / f"{lock}-{digest(locked.read_bytes())}"
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        # Copied: what two environments share as one file would share its memory, and divide it in PSS.
        into = ["--quiet", "--link-mode", "copy", "--require-hashes", "--python", str(python), str(locked)]
        subprocess.run([uv, "pip", "sync", *into], check=True)
        (folder / ".complete").touch()
    return python


def size(lock: str) -> int:
    """Bytes of what is installed, without compiled files: what an image carries beside its interpreter."""
    packages = environment(lock).parents[1].glob("lib/python*/site-packages/**/*")
    return sum(one.stat().st_size for one in packages if one.is_file() and "__pycache__" not in one.parts)


def installed(lock: str) -> dict[str, str]:
    """Versions by distribution, as the lock names them."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", text, re.MULTILINE))
