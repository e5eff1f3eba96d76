from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Gauge

from infra.foundation.addresses import PUSHGATEWAY
from jobs.metrics import push, push_from_outside
from tests.jobs.checks.platform import kubeconfig
from tests.jobs.support import free_port


class Gateway(http.server.BaseHTTPRequestHandler):
    """Remembers what was put; Prometheus' own gateway runs in the end-to-end tests."""

    put: dict[str, str]
    status = 200

    def do_PUT(self) -> None:
        self.put[self.path] = self.rfile.read(int(self.headers["content-length"])).decode()
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    Gateway.put = {}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("MLOPS_PUSHGATEWAY", f"http://127.0.0.1:{server.server_port}")
    yield Gateway.put
    server.shutdown()
    server.server_close()


@pytest.fixture
def figures() -> CollectorRegistry:
    registry = CollectorRegistry()
    Gauge("mlops_drift_rows", "Rows.", registry=registry).set(7043)
    return registry


def test_figures_reach_the_gateway_under_job_and_grouping(gateway: dict[str, str], figures: CollectorRegistry) -> None:
    assert push("drift", figures, {"model": "churn"})
    assert "mlops_drift_rows 7043.0" in gateway["/metrics/job/drift/model/churn"]


def test_without_a_gateway_nothing_is_done(figures: CollectorRegistry) -> None:
    assert not push("drift", figures)


def test_a_gateway_that_is_down_is_told_and_fails_nothing(
    figures: CollectorRegistry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("MLOPS_PUSHGATEWAY", address)
    assert not push("drift", figures)
    assert address in caplog.text


def test_from_outside_figures_go_by_way_of_the_api_of_the_cluster(
    gateway: dict[str, str], figures: CollectorRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, os.environ["MLOPS_PUSHGATEWAY"])))
    assert push_from_outside("drift", figures)
    assert [*gateway] == ["/metrics/job/drift"]
    monkeypatch.delenv("MLOPS_PUSHGATEWAY")
    assert push_from_outside("drift", figures)
    service = f"/services/{PUSHGATEWAY.service}:{PUSHGATEWAY.port}/proxy/metrics/job/drift"
    assert gateway[f"/api/v1/namespaces/{PUSHGATEWAY.namespace}{service}"] == gateway["/metrics/job/drift"]


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize("there", ["no cluster is known", "the cluster is down", "the gateway refuses"])
def test_figures_that_do_not_get_there_from_outside_are_told_and_fail_nothing(
    figures: CollectorRegistry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    there: str,
) -> None:
    address = os.environ["MLOPS_PUSHGATEWAY"]
    monkeypatch.delenv("MLOPS_PUSHGATEWAY")
    if there != "no cluster is known":
        down = f"http://127.0.0.1:{free_port()}"
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, down if there == "the cluster is down" else address)))
    monkeypatch.setattr(Gateway, "status", 400)
    assert not push_from_outside("drift", figures)
    assert "the figures of drift did not reach the pushgateway" in caplog.text
