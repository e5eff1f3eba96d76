"""What can be wrong with a set, or with what it is taken of."""

from __future__ import annotations

from jobs.errors import MlopsError


class BackupError(MlopsError):
    """A set could not be taken, is not what was written, or may not be restored."""
