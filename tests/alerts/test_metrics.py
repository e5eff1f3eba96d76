"""Alerts and dashboards ask for what is really emitted, by the names and labels it is emitted with."""

import re

import pytest

from infra.observability.dashboards import SHEETS
from infra.observability.rules import ALERTS, RECORDINGS, serving
from jobs.deployment import colours, lambda_function, sagemaker_endpoint, traffic
from jobs.serving.metrics import BUCKETS
from tests.alerts.emitted import Series, emitted
from tests.support.promql import grouped, metrics, selected

# What Prometheus or its gateway says of where a series comes from.
OF_TARGETS = {"instance", "job", "le", "namespace", "pod"}
ASKED = [
    *((f"{alert.name}", alert.expr) for alert in ALERTS),
    *((f"{one.name} {dict(one.labels)}", one.expr) for one in RECORDINGS),
    *((f"{sheet.name}: {title}", expr) for sheet in SHEETS for title, expr in sheet.queries()),
]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """Series → their labels."""
    return emitted(tmp_path_factory.mktemp("ledger"))


def ours(expr: str) -> set[str]:
    """Series of the platform's own programs that an expression reads."""
    return {name for name in metrics(expr) if name.startswith("mlops_")}


def test_every_metric_of_ours_that_is_asked_for_is_emitted(known: Series) -> None:
    unknown = {name: missing for name, expr in ASKED if (missing := ours(expr) - known.keys())}

    assert unknown == {}


def test_metrics_have_the_labels_that_they_are_selected_by(known: Series) -> None:
    strange = {
        name: missing
        for name, expr in ASKED
        for metric, wanted in selected(expr)
        if metric in known and (missing := wanted - OF_TARGETS - known[metric])
    }

    assert strange == {}


def test_metrics_have_the_labels_that_they_are_grouped_by(known: Series) -> None:
    strange = {
        name: missing
        for name, expr in ASKED
        if (found := ours(expr)) and found == metrics(expr)
        if (missing := grouped(expr) - OF_TARGETS - set().union(*(known[metric] for metric in found)))
    }

    assert strange == {}

    assert strange == {}


def test_a_metric_or_a_label_that_is_not_there_is_found() -> None:
    expr = 'sum by (model) (rate(mlops_made_up_total{route="/x"}[5m])) / on (version) group_left count(up) > 0.5e3'

    assert metrics(expr) == {"mlops_made_up_total", "up"}
    assert selected(expr) == [("mlops_made_up_total", {"route"})]
    assert grouped(expr) == {"model", "version"}
    assert metrics('a:b:c and vector(1) or absent(x{y=~"z(w)"})') == {"a:b:c", "x"}


def test_the_latency_that_alerts_is_the_edge_of_a_bucket_so_that_it_is_exact() -> None:
    (limit,) = (re.search(r"> ([0-9.]+)$", alert.expr) for alert in ALERTS if alert.name == "ModelLatencyHigh")

    assert limit is not None
    assert float(limit.group(1)) in BUCKETS


def test_a_rollout_is_called_abandoned_later_than_any_driver_that_lives_is_silent() -> None:
    on_kubernetes = 2 * colours.READY_SECONDS + traffic.FORCE_SECONDS
    # Environment and image there and back, and the version that is published.
    on_lambda = 5 * lambda_function._WAIT_SECONDS

    assert max(on_kubernetes, on_lambda) < serving.ABANDONED
    assert 2 * sagemaker_endpoint.UPDATE_SECONDS < serving.ABANDONED_SAGEMAKER


def test_every_bucket_that_is_asked_for_by_its_edge_is_there() -> None:
    edges = {edge for _, expr in ASKED for edge in re.findall(r'mlops_request_seconds_bucket\{[^}]*le="([^"]+)"', expr)}

    assert {"0.1", "2.0"} <= edges <= set(map(str, BUCKETS))


def test_every_recorded_figure_that_is_asked_for_is_recorded() -> None:
    asked = {name for _, expr in ASKED for name in metrics(expr) if name.startswith("mlops:")}

    assert asked <= {one.name for one in RECORDINGS}
