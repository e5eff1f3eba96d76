"""Database and store where they are ours."""

from infra.database.limits import CONNECTIONS, TRANSACTION_IDS
from infra.foundation.addresses import DATABASE, STORE
from infra.observability.alert import Alert, Severity
from infra.observability.pushed import kept, newest
from infra.observability.workloads import no_stateful_set

ALERTS: tuple[Alert, ...] = (
    Alert(
        "DatabaseDown",
        Severity.P1,
        "PostgreSQL is not ready: MLflow cannot read or write.",
        no_stateful_set(DATABASE),
        after="2m",
    ),
    Alert(
        "DatabaseTransactionIdsHigh",
        Severity.P1,
        "The oldest row of {{ $labels.database }} is {{ $value | humanize }} transactions old:"
        " PostgreSQL stops writing at twice as many.",
        f"max by (database) {kept('mlops_database_transaction_id_age')} > {TRANSACTION_IDS}",
        after="5m",
    ),
    Alert(
        "DatabaseConnectionsHigh",
        Severity.P2,
        "{{ $value | humanizePercentage }} of PostgreSQL's connections are taken: without a free one MLflow fails.",
        f"max{kept('mlops_database_connections')} / max{kept('mlops_database_connections_limit')} > {CONNECTIONS}"
        # Looked at every 15 minutes: twice in a row, and no look of long ago.
        f" and time() - {newest('mlops_database_measured_timestamp_seconds')} < 2700",
        after="20m",
    ),
    Alert(
        "StoreDown",
        Severity.P1,
        "The S3 store is not ready: artifacts cannot be read or written.",
        no_stateful_set(STORE),
        after="2m",
    ),
)
