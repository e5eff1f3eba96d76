"""Figures of a window as gauges for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.monitoring.config import Limits
from jobs.monitoring.measure import Measured
from jobs.monitoring.performance import Performance

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

JOB = "monitoring"
# Of a model whose config has no limit of its own.
ACCURACY = 0.8


def gauges(measured: Measured, limits: Limits) -> CollectorRegistry:
    """Performance by version, counts of the join for the model. A figure that could not be measured is absent."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()
    for name, text in (
        ("accuracy_ratio", "Share of predictions whose label came true."),
        ("roc_auc_ratio", "Area under the ROC curve."),
        ("brier_score", "Mean squared error of the probability."),
        ("calibration_error_ratio", "Root mean squared gap of probability and outcome, less chance."),
        ("labelled_predictions", "Predictions whose outcome is known."),
    ):
        gauge = Gauge(f"mlops_performance_{name}", text, ["model", "version"], registry=registry)
        for version, found in measured.versions.items():
            value = _value(name, found)
            if value is not None:
                gauge.labels(measured.model, version).set(value)
    counts = measured.counts
    for name, text, value in (
        ("predictions", "Predictions of the window.", counts.predictions),
        ("unmatched_actuals", "Actuals of no prediction in the window.", counts.unmatched),
        ("late_actuals", "Actuals that came too late.", counts.late),
        ("accuracy_limit_ratio", "Accuracy that is wanted at least.", limits.accuracy or ACCURACY),
        ("window_end_timestamp_seconds", "End of the window.", measured.end.timestamp()),
        (
            "bad",
            "1 when the performance of the version served last is beyond a limit.",
            float(measured.verdict.verdict == "bad"),
        ),
    ):
        Gauge(f"mlops_performance_{name}", text, ["model"], registry=registry).labels(measured.model).set(value)
    return registry


def _value(name: str, found: Performance) -> float | None:
    return {
        "accuracy_ratio": found.accuracy.value,
        "roc_auc_ratio": found.roc_auc.value if found.roc_auc else None,
        "brier_score": found.brier.value,
        "calibration_error_ratio": found.calibration_error,
        "labelled_predictions": float(found.rows),
    }[name]
