"""MLflow and what it stands on."""

from infra.foundation.addresses import DATABASE, PLATFORM, STORE, TRACKING
from infra.observability.dashboards.panels import RATE, Limits, Section, Sheet, curves, number

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
    "MLflow's servers, their answers, and the servers of database and store where they are ours.",
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
    ),
)
