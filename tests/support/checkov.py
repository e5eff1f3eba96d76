"""checkov on manifests."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.support.tools import programs


def failed_checks(folder: Path) -> dict[str, list[str]]:
    """Check → resources of the manifests in the folder that fail it."""
    line = [
        str(programs("checkov") / "checkov"),
        "-d",
        str(folder),
        "--framework",
        "kubernetes",
        "-o",
        "json",
        "--quiet",
    ]
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
