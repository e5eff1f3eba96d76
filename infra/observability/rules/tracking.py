"""MLflow's servers."""

from infra.foundation.addresses import TRACKING
from infra.observability.alert import Alert, Severity
from infra.observability.rules.workloads import no_deployment

ALERTS: tuple[Alert, ...] = (
    Alert(
        "TrackingUnreachable",
        Severity.P1,
        "No MLflow server is ready: nothing can be logged, registered or promoted.",
        f'{no_deployment(TRACKING)} or (sum(up{{job="{TRACKING.service}"}}) == 0)',
        after="2m",
    ),
)
