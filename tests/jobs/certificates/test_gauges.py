"""When certificates end reaches Prometheus each night, whatever else fails."""

from __future__ import annotations

from typing import Any

import prometheus_client
import pytest
from prometheus_client import CollectorRegistry

from jobs import metrics
from jobs.certificates.gauges import JOB, push
from tests.jobs.certificates.conftest import Servers
from tests.jobs.support import free_port, mlops

NAME = "mlops_certificate_expiry_timestamp_seconds"
Pushed = dict[str, dict[str, float]]


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> Pushed:
    """What reaches the gateway: job → name of the server → when its certificate ends."""
    got: Pushed = {}

    def gateway(_: str, job: str, registry: CollectorRegistry, *__: Any, **___: Any) -> None:
        samples = [sample for family in registry.collect() for sample in family.samples if sample.name == NAME]
        got[job] = {sample.labels["name"]: sample.value for sample in samples}

    monkeypatch.setattr(prometheus_client, "push_to_gateway", gateway)
    monkeypatch.setenv(metrics.GATEWAY, "here")
    return got


def test_each_server_and_the_authority_that_ends_first_are_told(servers: Servers, pushed: Pushed) -> None:
    push(servers.environment)
    assert set(pushed[JOB]) == {"database", "store", "authority"}
    assert pushed[JOB]["authority"] <= min(pushed[JOB]["database"], pushed[JOB]["store"])


def test_a_server_that_is_down_is_told_in_the_log_and_hides_no_other(
    servers: Servers, pushed: Pushed, caplog: pytest.LogCaptureFixture
) -> None:
    push({**servers.environment, "PGPORT": str(free_port())})
    assert set(pushed[JOB]) == {"store", "authority"}
    assert "database: it shows no certificate" in caplog.text


def test_a_missing_file_of_authorities_fails_nothing(
    servers: Servers, pushed: Pushed, caplog: pytest.LogCaptureFixture
) -> None:
    push({**servers.environment, "PGSSLROOTCERT": "/nowhere"})
    assert pushed == {}
    assert "PGSSLROOTCERT=/nowhere" in caplog.text


def test_a_backup_tells_of_certificates_before_anything_of_it_can_fail(
    servers: Servers, pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in servers.environment.items():
        monkeypatch.setenv(name, value)
    # Nobody to seal for.
    assert mlops("backup", "run").code == 2
    assert set(pushed[JOB]) == {"database", "store", "authority"}
