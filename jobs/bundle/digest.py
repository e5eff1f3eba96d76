"""Digest of a bundle folder. By hand: `cd bundle && sha256sum * | LC_ALL=C sort | sha256sum`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from jobs.errors import BundleError

# Of runs and of versions: the digest of their bundle.
BUNDLE_TAG = "mlops.bundle_sha256"
FILES = ("bundle.json", "model.onnx")


def bundle_digest(folder: Path) -> str:
    """Hex sha256 over the sorted lines `sha256  path` of the bundle's files. Raises BundleError on other files."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    if found != sorted(FILES):
        raise BundleError("the bundle is incomplete", given=found, allowed=list(FILES))
    lines = sorted(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in found)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def verify_digest(folder: Path, expected: str) -> str:
    """The digest. Raises BundleError unless it is the expected one."""
    actual = bundle_digest(folder)
    if actual != expected:
        raise BundleError(
            "the digest of the bundle does not match: the files were changed after registration",
            given=actual,
            allowed=expected,
            change="register the run again, or promote another version",
        )
    return actual
