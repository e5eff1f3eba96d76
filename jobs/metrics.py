"""Figures of jobs that end before Prometheus would ask them: pushed to its gateway."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from jobs.errors import MlopsError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

LOG = logging.getLogger("mlops.metrics")
GATEWAY = "MLOPS_PUSHGATEWAY"
SECONDS = 5.0
# The gateway's Service, for who is outside the cluster: it has no port there, so that only who may use the API pushes.
NAMESPACE, ADDRESS = "ml-monitoring", "pushgateway:9091"


def push(
    job: str, registry: CollectorRegistry, grouping: Mapping[str, str] | None = None, *, keep: bool = False
) -> bool:
    """Replaces the job's figures at the gateway of `MLOPS_PUSHGATEWAY` → whether they got there.

    `keep`: figures of other names stay as they are.
    Without a gateway nothing is done. A gateway that is down is told in the log: figures must not fail the work.
    """
    gateway = os.environ.get(GATEWAY)
    if not gateway:
        return False
    from prometheus_client import push_to_gateway, pushadd_to_gateway

    send = pushadd_to_gateway if keep else push_to_gateway
    try:
        send(gateway, job, registry, dict(grouping or {}), timeout=SECONDS)
    except OSError as error:
        LOG.warning("the figures of %s did not reach %s: %s", job, gateway, error)
        return False
    return True


def push_from_outside(job: str, registry: CollectorRegistry) -> bool:
    """As `push`, for what runs on a machine outside: without `MLOPS_PUSHGATEWAY` by way of the API of the cluster."""
    if os.environ.get(GATEWAY):
        return push(job, registry)
    from prometheus_client import generate_latest
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

    from jobs.cluster.access import Access
    from jobs.cluster.service import Service

    try:
        gateway = Service(Access.choose(), NAMESPACE, ADDRESS)
        gateway.put(f"/metrics/job/{job}", generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4)
    except MlopsError as error:
        LOG.warning("the figures of %s did not reach the pushgateway: %s", job, error)
        return False
    return True
