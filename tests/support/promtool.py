"""Prometheus' own tools for tests: from PATH, or the node's root folder, which holds Debian 13's packages."""

import os
import shutil
import subprocess
from pathlib import Path


class ToolMissingError(Exception):
    """A test that needs the tool must fail, not pass silently."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is neither on PATH nor in the node's root folder: run `make up` once, or install it")


def _command(name: str) -> list[str]:
    if found := os.environ.get(f"MLOPS_{name.upper()}") or shutil.which(name):
        return [found]
    cache = Path(os.environ.get("MLOPS_CACHE", "~/.cache/mlops")).expanduser()
    for tool in sorted(cache.glob(f"node/*/usr/bin/{name}"), key=lambda path: path.stat().st_mtime, reverse=True):
        root = tool.parents[2]
        # The host's C library may be older than the one the tool was linked with: start it by its own loader.
        loader = next(root.glob("usr/lib/*-linux-gnu/ld-linux-*.so.*"))
        return [str(loader), "--library-path", str(loader.parent), str(tool)]
    raise ToolMissingError(name)


def run(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`run("promtool", "check", "rules", path)`; the caller looks at the exit code."""
    line = [*_command(name), *(str(argument) for argument in arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
