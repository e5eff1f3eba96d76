"""Why the schema stays as it is."""

from __future__ import annotations

from jobs.errors import MlopsError


class UpgradeError(MlopsError):
    """The upgrade was refused, or undone: servers and rows are those from before."""
