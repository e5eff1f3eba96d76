"""What a caller may want to tell apart from any other refusal of Kubernetes."""

from __future__ import annotations

from jobs.errors import ClusterError


class JobExists(ClusterError):
    """A Job of this name was created before; nothing was changed."""


class NotFound(ClusterError):
    """No object of this name."""
