"""Whether the platform is well, on one screen."""

from infra.foundation.addresses import PLATFORM, SERVING
from infra.observability.dashboards.panels import RATE, Limits, Section, Sheet, curves, number, rows, since

_ANSWERS = 'envoy_http_downstream_rq_xx{envoy_http_conn_manager_prefix="gateway"'
_OURS = f'namespace=~"{PLATFORM}|{SERVING}"'
_FIRING = 'ALERTS{alertstate="firing",alertname!="Watchdog"}'

SHEET = Sheet(
    "overview",
    "MLOps: overview",
    "What fires, what is ready, what clients get, and what is due.",
    (
        Section(
            "Now",
            (
                number(
                    "Urgent alerts",
                    f'count({_FIRING.removesuffix("}")},severity=~"P0|P1"}}) or vector(0)',
                    "none",
                    "P0 and P1: act now. Each alert has a page in docs/runbooks.",
                    Limits(1, 1),
                ),
                number("All alerts", f"count({_FIRING}) or vector(0)", "none", "P2 and P3 too.", Limits(1, 5)),
                number(
                    "Watchdog",
                    'count(ALERTS{alertname="Watchdog",alertstate="firing"}) or vector(0)',
                    "none",
                    "1 while rules are evaluated. Runbook: docs/runbooks/watchdog.md",
                    Limits(1, 1, falling=True),
                ),
                number(
                    "Targets that do not answer",
                    "count(up == 0) or vector(0)",
                    "none",
                    "Of those that Prometheus asks for metrics.",
                    Limits(1, 1),
                ),
                number(
                    "Champion",
                    "count by (model, version) (mlops_model_info)",
                    "none",
                    "Model, version, and how many servers have it.",
                    legend="{{model}} {{version}}",
                    wide=8,
                ),
            ),
        ),
        Section(
            "What clients get",
            (
                curves(
                    "Answers per second",
                    "reqps",
                    (
                        f"sum by (envoy_response_code_class) (rate({_ANSWERS}}}{RATE}))",
                        "{{envoy_response_code_class}}xx",
                    ),
                    about="Of the gateway, whoever gave them. Runbook: docs/runbooks/gateway-errors-high.md",
                ),
                curves(
                    "Time of a prediction",
                    "s",
                    *(
                        (
                            f"histogram_quantile({part}, sum by (le)"
                            f' (rate(mlops_request_seconds_bucket{{route="/predict"}}{RATE})))',
                            name,
                        )
                        for part, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
                    ),
                    about="In the model server. Runbook: docs/runbooks/model-latency-high.md",
                ),
            ),
        ),
        Section(
            "Parts",
            (
                rows(
                    "What fires",
                    f"sum by (alertname, severity) ({_FIRING})",
                    "none",
                    "The page of AlertName is docs/runbooks/alert-name.md.",
                ),
                curves(
                    "Replicas that are ready",
                    "none",
                    (
                        f"sum by (deployment) (kube_deployment_status_replicas_available{{{_OURS}}})",
                        "{{deployment}}",
                    ),
                    ("sum by (statefulset) (kube_statefulset_status_replicas_ready)", "{{statefulset}}"),
                ),
                curves(
                    "Restarts in an hour",
                    "none",
                    (
                        "sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total[1h])) > 0",
                        "{{namespace}}/{{pod}}",
                    ),
                    about="Only pods that restarted.",
                ),
                rows(
                    "Last success of what runs by the clock",
                    f"max by (namespace, cronjob) ({since('kube_cronjob_status_last_successful_time')})",
                    "s",
                    "Seconds ago. Runbook: docs/runbooks/cron-job-missed.md",
                ),
            ),
        ),
    ),
)
