"""Monitoring itself."""

from infra.observability.alert import Alert, Severity
from infra.observability.workloads import CLUSTER_METRICS

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
# Where Alertmanager is ours and is asked for metrics.
DELIVERY_ALERTS: tuple[Alert, ...] = (
    Alert(
        "AlertsNotDelivered",
        Severity.P1,
        "Alertmanager cannot tell its receivers by {{ $labels.integration }}: people may hear nothing.",
        # One failure can be the restart of somebody's server; what was not taken is tried again a minute later.
        "sum by (integration) (increase(alertmanager_notifications_failed_total[10m])) > 1.5",
        after="1m",
    ),
)
