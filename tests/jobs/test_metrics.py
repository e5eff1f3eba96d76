from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Gauge

from jobs.metrics import push
from tests.jobs.support import free_port


class Gateway(http.server.BaseHTTPRequestHandler):
    """Remembers what was put; Prometheus' own gateway runs in the end-to-end tests."""

    put: dict[str, str]

    def do_PUT(self) -> None:
        self.put[self.path] = self.rfile.read(int(self.headers["content-length"])).decode()
        self.send_response(200)
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
