"""MLflow's servers."""

from infra.foundation.addresses import TRACKING
from infra.observability.alert import Alert, Severity
from infra.observability.workloads import no_deployment

ALERTS: tuple[Alert, ...] = (
    Alert(
        "TrackingUnreachable",
        Severity.P1,
        "No MLflow server is ready: nothing can be logged, registered or promoted.",
        f'{no_deployment(TRACKING)} or (sum(up{{job="{TRACKING.service}"}}) == 0)',
        after="2m",
    ),
    Alert(
        "TrackingDatabaseErrors",
        Severity.P2,
        "MLflow's servers get errors from PostgreSQL: {{ $value | humanize }} in ten minutes.",
        # A few errors are connections that a restart cut, which the next requests make anew. Errors of an outage that
        # was told are no news when it is over, though they are still among those of ten minutes.
        "sum(increase(mlops_tracking_database_errors_total[10m])) > 5"
        ' unless on() max_over_time(ALERTS{alertname="DatabaseDown",alertstate="firing"}[10m])',
        # DatabaseDown fires up to 150 s after the first error.
        after="3m",
    ),
)
