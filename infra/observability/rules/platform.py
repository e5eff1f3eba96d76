"""Monitoring itself."""

from infra.observability.alert import Alert, Severity
from infra.observability.rules.workloads import CLUSTER_METRICS

ALERTS: tuple[Alert, ...] = (
    Alert(
        "ClusterMetricsMissing",
        Severity.P1,
        "kube-state-metrics does not answer: alerts about workloads and jobs are blind.",
        f"absent({CLUSTER_METRICS})",
        after="5m",
    ),
    Alert(
        "Watchdog",
        Severity.P3,
        "Always fires: whoever receives alerts must notice when this one stops.",
        "vector(1)",
        after="0m",
    ),
)
