"""Why nothing was begun."""

from __future__ import annotations

from jobs.errors import MlopsError


class BusyError(MlopsError):
    """Another restore, upgrade or drill is at work on the server; of a set nothing is said."""
