"""Alerts ask for what is really emitted, by the names and labels it is emitted with."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from infra.observability.rules import ALERTS
from jobs.datasets.shelf import shelf_of
from jobs.drift.gauges import gauges as drift_gauges
from jobs.monitoring.actuals import Counts
from jobs.monitoring.config import PerformanceConfig
from jobs.monitoring.gauges import gauges
from jobs.monitoring.measure import Measured
from jobs.monitoring.verdict import judge
from jobs.retraining.check import Checked
from jobs.retraining.figures import figures
from jobs.retraining.ledger import Ledger
from jobs.retraining.outcome import Outcome
from jobs.retraining.policy import Decision
from jobs.serving.metrics import BUCKETS, Metrics

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def _served() -> str:
    """Of a model server that was asked once."""
    metrics = Metrics()
    metrics.request("/predict", 200, 0.001)
    metrics.model("churn-classifier", "1", "0" * 64)
    return metrics.text().decode()


def _checked() -> str:
    report = {"moved": 0, "verdict": "stable", "rows": 1, "time": NOW.isoformat(), "features": []}
    # `publish` groups by the model.
    return generate_latest(drift_gauges(report)).decode().replace("{part=", '{model="a",part=')


def _measured() -> str:
    counts = Counts(*[0] * len(Counts.__dataclass_fields__))
    verdict = judge(None, PerformanceConfig())
    return generate_latest(gauges(Measured("a", "1", NOW, NOW, counts, None, verdict, (), {}))).decode()


def _retrained(folder: Path) -> str:
    ledger = Ledger(shelf_of(str(folder)))
    ledger.finish(Outcome(model="a", number=1, name="retrain-a-0001", result="failed", reason="for a test", time=NOW))
    return generate_latest(figures(ledger, [Checked("a", Decision("idle", "nobody asks"), (), False)])).decode()


def _samples(*texts: str) -> Iterator[tuple[str, set[str]]]:
    for text in texts:
        for family in text_string_to_metric_families(text):
            yield from ((sample.name, set(sample.labels)) for sample in family.samples)


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Series → their labels."""
    return dict(_samples(_served(), _checked(), _measured(), _retrained(tmp_path_factory.mktemp("ledger"))))


def test_every_metric_that_alerts_ask_for_is_emitted(emitted: dict[str, set[str]]) -> None:
    asked = {name for alert in ALERTS for name in re.findall(r"\bmlops_\w+", alert.expr)}

    assert asked <= set(emitted)


def test_metrics_have_the_labels_that_alerts_select_by(emitted: dict[str, set[str]]) -> None:
    for alert in ALERTS:
        for name, selector in re.findall(r"\b(mlops_\w+)\{([^}]*)\}", alert.expr):
            assert set(re.findall(r"(\w+)(?:=|!=)", selector)) <= emitted[name], alert.name


def test_the_latency_that_alerts_is_the_edge_of_a_bucket_so_that_it_is_exact() -> None:
    (limit,) = (re.search(r"> ([0-9.]+)$", alert.expr) for alert in ALERTS if alert.name == "ModelLatencyHigh")

    assert limit is not None
    assert float(limit.group(1)) in BUCKETS
