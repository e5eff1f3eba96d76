"""What a caller may want to tell apart from any other refusal of Kubernetes."""

from __future__ import annotations

from jobs.errors import ClusterError


class ApiError(ClusterError):
    """Kubernetes refused a request or did not answer it."""


class JobExists(ApiError):
    """A Job of this name was created before; nothing was changed."""


class Conflict(ApiError):
    """The object is not any more as it was read; nothing was changed."""


class NotFound(ApiError):
    """No object of this name."""


class Silent(ApiError):
    """Nothing came for as long as the caller waits; there may be nothing to tell."""
