"""Database and store where they are ours."""

from infra.foundation.addresses import DATABASE, STORE
from infra.observability.alert import Alert, Severity
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
        "StoreDown",
        Severity.P1,
        "The S3 store is not ready: artifacts cannot be read or written.",
        no_stateful_set(STORE),
        after="2m",
    ),
)
