"""Prometheus' own tools for tests: those of the node's root folder, or else from PATH.

The node has Debian 13's packages, as the images do. Debian 12's promtool does not know `kubernetes_sd_configs`.
"""

import os
import shutil
import subprocess
from pathlib import Path

# Tests of jobs take the cache away, so it is asked for now.
CACHE = Path(os.environ.get("MLOPS_CACHE", "~/.cache/mlops")).expanduser()


class ToolMissingError(Exception):
    """A test that needs the tool must fail, not pass silently."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is neither on PATH nor in the node's root folder: run `make up` once, or install it")


def node_root(name: str) -> Path | None:
    """The newest root folder of a node that has the tool."""
    found = sorted(CACHE.glob(f"node/*/usr/bin/{name}"), key=lambda path: path.stat().st_mtime)
    return found[-1].parents[2] if found else None


def command(name: str) -> list[str]:
    """The words that start it."""
    if given := os.environ.get(f"MLOPS_{name.upper()}"):
        return [given]
    # The host's C library may be older than the one the tool was linked with: start it by its own loader.
    root = node_root(name)
    if root and (loader := next(root.glob("usr/lib/*-linux-gnu/ld-linux-*.so.*"), None)):
        return [str(loader), "--library-path", str(loader.parent), str(root / "usr" / "bin" / name)]
    if found := shutil.which(name):
        return [found]
    raise ToolMissingError(name)


def run(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`run("promtool", "check", "rules", path)`; the caller looks at the exit code."""
    line = [*command(name), *(str(argument) for argument in arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
