"""A published image: what a stack refers to and the archive a node imports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = "mlops.local"
SBOM = ".cdx.json"


@dataclass(frozen=True)
class Image:
    """One image; `archive` is a docker archive, for `ctr -n k8s.io images import`."""

    name: str
    reference: str
    archive: Path

    @property
    def sbom(self) -> Path:
        """Its bill of materials, beside the archive."""
        return self.archive.with_suffix(SBOM)


def folder(cache: Path) -> Path:
    """Where archives, layers and the pip cache live."""
    return cache / "images"
