from __future__ import annotations

from tests.jobs.recovery import recovery, recovery_server

__all__ = ["recovery", "recovery_server"]
