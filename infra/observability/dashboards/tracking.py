"""MLflow and what it stands on."""

from infra.foundation.addresses import DATABASE, PLATFORM, STORE, TRACKING
from infra.observability.dashboards.panels import RATE, Limits, Section, Sheet, curves, number, since
from infra.observability.pushed import kept

# autovacuum_freeze_max_age: from there on it reads whole tables to freeze them.
_FREEZES, _STOPS_SOON = 200e6, 1e9
_ASKED = "mlflow_http_request_duration_seconds"


def _ready(kind: str, name: str) -> str:
    series = {
        "deployment": "kube_deployment_status_replicas_available",
        "statefulset": "kube_statefulset_status_replicas_ready",
    }[kind]
    return f'sum({series}{{namespace="{PLATFORM}",{kind}="{name}"}})'


SHEET = Sheet(
    "tracking",
    "MLOps: tracking",
    "MLflow's servers and their answers, what PostgreSQL holds, and both servers' state where they are ours.",
    (
        Section(
            "Now",
            (
                number(
                    "MLflow ready",
                    _ready("deployment", TRACKING.service),
                    "none",
                    "Runbook: docs/runbooks/tracking-unreachable.md",
                    Limits(1, 1, falling=True),
                ),
                number(
                    "PostgreSQL ready",
                    _ready("statefulset", DATABASE.service),
                    "none",
                    "None on AWS, where RDS has it. Runbook: docs/runbooks/database-down.md",
                    Limits(1, 1, falling=True),
                ),
                number(
                    "Store ready",
                    _ready("statefulset", STORE.service),
                    "none",
                    "None on AWS, where S3 has it. Runbook: docs/runbooks/store-down.md",
                    Limits(1, 1, falling=True),
                ),
                number(
                    "Failed answers",
                    f'(sum(rate({_ASKED}_count{{status=~"5.."}}[5m])) or vector(0)) / sum(rate({_ASKED}_count[5m]))',
                    "percentunit",
                    "5xx of the last five minutes.",
                    Limits(0.01, 0.05),
                    wide=6,
                ),
                number(
                    "p95",
                    f"histogram_quantile(0.95, sum by (le) (rate({_ASKED}_bucket[5m])))",
                    "s",
                    "Of the last five minutes.",
                    Limits(0.5, 2),
                    wide=6,
                ),
            ),
        ),
        Section(
            "Requests",
            (
                curves("Answers per second", "reqps", (f"sum by (status) (rate({_ASKED}_count{RATE}))", "{{status}}")),
                curves(
                    "Time of an answer",
                    "s",
                    *(
                        (f"histogram_quantile({part}, sum by (le) (rate({_ASKED}_bucket{RATE})))", name)
                        for part, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
                    ),
                ),
                curves("By method", "reqps", (f"sum by (method) (rate({_ASKED}_count{RATE}))", "{{method}}")),
                curves(
                    "By pod",
                    "reqps",
                    (f"sum by (pod) (rate({_ASKED}_count{RATE}))", "{{pod}}"),
                    about="Clients keep connections, so one pod may have more than another.",
                ),
            ),
        ),
        Section(
            "Database, looked at every 15 minutes",
            (
                number(
                    "Connections taken",
                    f"max{kept('mlops_database_connections')} / max{kept('mlops_database_connections_limit')}",
                    "percentunit",
                    "Runbook: docs/runbooks/database-connections-high.md",
                    Limits(0.6, 0.8),
                ),
                number(
                    "Wait for a lock",
                    "max(mlops_database_connections_blocked)",
                    "none",
                    "Runbook: docs/runbooks/look-after-the-database.md",
                    Limits(1, 5),
                ),
                number(
                    "Longest transaction",
                    "max(mlops_database_oldest_transaction_seconds)",
                    "s",
                    "While it is open no vacuum takes away what has died since. An idle one is ended after 10 minutes.",
                    Limits(600, 3600),
                ),
                number(
                    "Oldest row",
                    f"max{kept('mlops_database_transaction_id_age')}",
                    "short",
                    "In transactions. Runbook: docs/runbooks/database-transaction-ids-high.md",
                    Limits(_FREEZES, _STOPS_SOON),
                ),
                number(
                    "Since the last vacuum of everything",
                    since("max(mlops_database_vacuum_timestamp_seconds)"),
                    "s",
                    "One each night; autovacuum works besides.",
                    Limits(93600, 172800),
                ),
                number(
                    "Tables left out by it",
                    "max(mlops_database_vacuum_left_out_tables)",
                    "none",
                    "Locked by somebody who changed their shape.",
                    Limits(1, 1),
                ),
                curves("Size", "bytes", ("max by (database) (mlops_database_bytes)", "{{database}}")),
                curves(
                    "Dead rows",
                    "short",
                    ("max by (database) (mlops_database_dead_rows)", "{{database}}"),
                    about="Of the rows, a fifth of a table makes autovacuum take it up.",
                ),
                curves("Rows", "short", ("max by (database) (mlops_database_rows)", "{{database}}")),
                curves(
                    "Connections",
                    "none",
                    ("max(mlops_database_connections)", "taken"),
                    ("max(mlops_database_connections_limit)", "limit"),
                ),
            ),
        ),
    ),
)
