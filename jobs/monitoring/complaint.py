"""A model whose outcomes are bad asks for its retraining. Pure."""

from __future__ import annotations

from jobs.monitoring.measure import Measured
from jobs.monitoring.verdict import BAD
from jobs.retraining.request import Request


def complaint(measured: Measured) -> Request | None:
    """The request, of highest priority; None while the model is not surely bad. One for each version and day."""
    if measured.verdict.verdict != BAD or measured.version is None:
        return None
    return Request(
        model=measured.model, version=measured.version, data=f"outcomes until {measured.end:%Y-%m-%d}",
        time=measured.end, reason=measured.verdict.reason, performance=True,
    )  # fmt: skip
