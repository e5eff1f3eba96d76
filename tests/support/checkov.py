"""checkov, in an environment of its own: it pins what the platform must not be held to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.cache import cache_root, digest

LOCK = Path(__file__).parents[2] / "requirements" / "checkov.txt"


def environment() -> Path:
    """The folder of its programs, made once for each lock."""
    folder = cache_root() / "venv" / f"checkov-{digest(LOCK.read_bytes())}"
    if not (folder / ".complete").exists():
        uv = Path(sys.executable).parent / "uv"
        more = {"UV_CACHE_DIR": str(cache_root() / "uv"), "VIRTUAL_ENV": str(folder)}
        for step in (
            ["venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            ["pip", "sync", "--quiet", "--require-hashes", str(LOCK)],
        ):
            subprocess.run([str(uv), *step], env=os.environ | more, check=True)
        (folder / ".complete").touch()
    return folder / "bin"


def failed_checks(folder: Path) -> dict[str, list[str]]:
    """Check → resources of the manifests in the folder that fail it."""
    line = [str(environment() / "checkov"), "-d", str(folder), "--framework", "kubernetes", "-o", "json", "--quiet"]
    # It asks its vendor for newer rules unless told not to.
    offline = {"BC_SKIP_MAPPING": "TRUE", "CHECKOV_RENDER_MAX_LEN": "0"}
    done = subprocess.run([*line, "--skip-download"], env=os.environ | offline, capture_output=True, text=True)
    report: dict[str, Any] = json.loads(done.stdout)
    if "results" not in report:
        raise AssertionError(f"checkov looked at nothing: {done.stdout}{done.stderr}")
    found: dict[str, list[str]] = {}
    for each in report["results"]["failed_checks"]:
        found.setdefault(each["check_id"], []).append(each["resource"])
    return found
