"""The one folder on this machine that the platform writes to."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def cache_root() -> Path:
    """`$MLOPS_CACHE`, by default `~/.cache/mlops`."""
    return Path(os.environ.get("MLOPS_CACHE") or Path.home() / ".cache" / "mlops")


def digest(*parts: bytes | str) -> str:
    """First 12 hex digits of the sha256 over the parts, each prefixed by its length so that none runs into the next."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()[:12]
