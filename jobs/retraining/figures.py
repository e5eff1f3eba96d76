"""What Prometheus hears of retraining after each look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from prometheus_client import CollectorRegistry, Gauge

from jobs.retraining.check import Checked
from jobs.retraining.ledger import Ledger
from jobs.retraining.outcome import Result

JOB = "retraining"


def figures(ledger: Ledger, looked: Sequence[Checked]) -> CollectorRegistry:
    """From the whole ledger, so that a look that was missed changes nothing."""
    registry = CollectorRegistry()
    waiting = _gauge(registry, "open_requests", "Requests that no start has answered.")
    running = _gauge(registry, "running", "Starts that have not ended.")
    ended = _gauge(registry, "outcomes", "Starts that have ended, by what became of them.", "result")
    last = _gauge(registry, "last_outcome_timestamp_seconds", "End of the newest of them.", "result")
    for one in looked:
        page = ledger.page(one.model)
        waiting.labels(one.model).set(0 if one.decision.kind == "start" else len(one.decision.requests))
        running.labels(one.model).set(len(page.running()))
        for result in get_args(Result):
            times = [outcome.time for outcome in page.outcomes.values() if outcome.result == result]
            ended.labels(one.model, result).set(len(times))
            if times:
                last.labels(one.model, result).set(max(times).timestamp())
    return registry


def _gauge(registry: CollectorRegistry, name: str, words: str, *labels: str) -> Gauge:
    return Gauge(f"mlops_retraining_{name}", words, ["model", *labels], registry=registry)
