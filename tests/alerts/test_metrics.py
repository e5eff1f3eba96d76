"""Alerts ask for what is really emitted, by the names and labels it is emitted with."""

import re

from prometheus_client.parser import text_string_to_metric_families

from infra.observability.rules import ALERTS
from jobs.serving.metrics import BUCKETS, Metrics


def _emitted() -> dict[str, set[str]]:
    """Series of a model server that was asked once → their labels."""
    metrics = Metrics()
    metrics.request("/predict", 200, 0.001)
    metrics.model("churn-classifier", "1", "0" * 64)
    families = text_string_to_metric_families(metrics.text().decode())
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}


def test_the_model_server_emits_every_metric_that_alerts_ask_it_for() -> None:
    asked = {name for alert in ALERTS for name in re.findall(r"\bmlops_\w+", alert.expr)}

    assert asked <= set(_emitted())


def test_its_metrics_have_the_labels_that_alerts_select_by() -> None:
    emitted = _emitted()

    for alert in ALERTS:
        for name, selector in re.findall(r"\b(mlops_\w+)\{([^}]*)\}", alert.expr):
            assert set(re.findall(r"(\w+)(?:=|!=)", selector)) <= emitted[name], alert.name


def test_the_latency_that_alerts_is_the_edge_of_a_bucket_so_that_it_is_exact() -> None:
    (limit,) = (re.search(r"> ([0-9.]+)$", alert.expr) for alert in ALERTS if alert.name == "ModelLatencyHigh")

    assert limit is not None
    assert float(limit.group(1)) in BUCKETS
