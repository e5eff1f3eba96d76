"""Figures of a run for Prometheus' gateway."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge

from jobs import metrics
from jobs.tuning.progress import Progress

JOB = "mlops_tuning"


def push(study: str, progress: Progress) -> bool:
    """How a run ended → whether the gateway has it."""
    registry = CollectorRegistry()
    trials = Gauge("mlops_tuning_trials", "Trials of the study by what became of them.", ["outcome"], registry=registry)
    for outcome in ("complete", "pruned", "failed", "lost"):
        trials.labels(outcome).set(getattr(progress.now, outcome))
    missing = max(0, progress.trials - progress.now.finished)
    Gauge("mlops_tuning_missing_trials", "Trials that the run was to add and did not.", registry=registry).set(missing)
    Gauge("mlops_tuning_run_seconds", "How long the last run took.", registry=registry).set(progress.seconds)
    Gauge("mlops_tuning_last_run_timestamp_seconds", "When it ended.", registry=registry).set_to_current_time()
    if progress.best is not None:
        Gauge("mlops_tuning_best_value", "Value of the best trial.", ["metric"], registry=registry).labels(
            progress.metric
        ).set(progress.best)
    return metrics.push(JOB, registry, {"study": study})
