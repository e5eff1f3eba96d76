"""When certificates end, for Prometheus."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobs.certificates.judge import Judged, judged
from jobs.errors import ConfigError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

JOB = "certificates"
LOG = logging.getLogger("mlops.certificates")


def gauges(found: Iterable[Judged]) -> CollectorRegistry:
    """What a server does not show is not there; of several authorities the one that ends first counts."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()
    ends = Gauge(
        "mlops_certificate_expiry_timestamp_seconds", "When the certificate ends that the server shows.", ["name"],
        registry=registry,
    )  # fmt: skip
    last_first = sorted(((one.name, one.certificate.ends) for one in found if one.certificate), key=lambda one: one[1])
    for name, end in reversed(last_first):
        ends.labels(name).set(end.timestamp())
    return registry


def push(environment: Mapping[str, str]) -> None:
    """Of the servers that the environment names; what is wrong with them is told in the log, and fails nothing."""
    from jobs.metrics import push as send

    try:
        found = judged({}, environment, datetime.now(UTC))
    except ConfigError as error:
        LOG.warning("certificates: %s", error)
        return
    for one in found:
        for problem in one.problems:
            LOG.warning("%s: %s; %s", one.name, problem.says, problem.change)
    send(JOB, gauges(found))
