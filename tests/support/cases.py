"""Generated requests to a model server, by schemathesis from what the server says of itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.support.tools import programs

# Not asked: whether all that fits the description is accepted. CSV is only text there, and columns of one length
# cannot be said; and a refusal with 413 is no refusal to schemathesis.
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "unsupported_method", "allow_header_conformance",
)  # fmt: skip


class Cases(NamedTuple):
    """How many were sent, and what schemathesis says when one of them failed."""

    sent: int
    failed: str


def cases(url: str, examples: int, folder: Path, seed: int = 1) -> Cases:
    """Up to so many generated examples for each route of the server, in the folder's scratch files."""
    line = [
        str(programs("schemathesis") / "schemathesis"), "run", f"{url}/openapi.json", "--url", url,
        "--max-examples", str(examples), "--seed", str(seed), "--checks", ",".join(CHECKS), "--continue-on-failure",
        "--suppress-health-check", "all", "--no-shrink", "--request-timeout", "10",
    ]  # fmt: skip
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True)
    found = re.search(r"(\d+) generated", done.stdout)
    if not found:
        raise AssertionError(f"schemathesis sent nothing: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Cases(int(found.group(1)), done.stdout[-4000:] if done.returncode else "")
