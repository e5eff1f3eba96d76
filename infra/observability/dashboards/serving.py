"""The gateway and the model servers behind it."""

from infra.foundation.addresses import MODEL_SERVER
from infra.observability.dashboards.panels import RATE, Limits, Section, Sheet, curves, number

_ANSWERS = 'envoy_http_downstream_rq_xx{envoy_http_conn_manager_prefix="gateway"'
_PREDICT = 'route="/predict"'
_SERVERS = f'job="{MODEL_SERVER.service}"'


def _quantiles(buckets: str, by: str = "") -> tuple[tuple[str, str], ...]:
    labels = f"le, {by}" if by else "le"
    legend = f"{{{{{by}}}}} " if by else ""
    return tuple(
        (f"histogram_quantile({part}, sum by ({labels}) (rate({buckets}{RATE})))", f"{legend}{name}")
        for part, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
    )


SHEET = Sheet(
    "serving",
    "MLOps: serving",
    "From the client to the model: gateway, colours, servers, their cache and their log of predictions.",
    (
        Section(
            "Now",
            (
                number("Requests per second", f"sum(rate({_ANSWERS}}}[5m]))", "reqps", "What clients ask the gateway."),
                number(
                    "Failed answers",
                    f'(sum(rate({_ANSWERS},envoy_response_code_class="5"}}[5m])) or vector(0))'
                    f" / sum(rate({_ANSWERS}}}[5m]))",
                    "percentunit",
                    "5xx, whoever gave them. Runbook: docs/runbooks/gateway-errors-high.md",
                    Limits(0.01, 0.05),
                ),
                number(
                    "p95 of a prediction",
                    f"histogram_quantile(0.95, sum by (le) (rate(mlops_request_seconds_bucket{{{_PREDICT}}}[5m])))",
                    "s",
                    "In the model server. Runbook: docs/runbooks/model-latency-high.md",
                    Limits(0.1, 0.2),
                ),
                number(
                    "Servers with a model",
                    "sum(mlops_model_loaded)",
                    "none",
                    "Runbook: docs/runbooks/model-serving-down.md",
                    Limits(1, 1, falling=True),
                ),
                number(
                    "Champion refused",
                    "max(mlops_champion_refused)",
                    "none",
                    "1: it cannot be loaded, or is not what was registered. Runbook: docs/runbooks/champion-refused.md",
                    Limits(1, 1),
                ),
                number(
                    "Versions",
                    "count by (version) (mlops_model_info)",
                    "none",
                    "How many servers have each; two during a rollout.",
                    legend="version {{version}}",
                ),
            ),
        ),
        Section(
            "Gateway",
            (
                curves(
                    "Answers per second",
                    "reqps",
                    (
                        f"sum by (envoy_response_code_class) (rate({_ANSWERS}}}{RATE}))",
                        "{{envoy_response_code_class}}xx",
                    ),
                ),
                curves(
                    "Requests per second by colour",
                    "reqps",
                    (
                        f"sum by (envoy_cluster_name) (rate(envoy_cluster_upstream_rq_total{RATE}))",
                        "{{envoy_cluster_name}}",
                    ),
                    about="Which colour gets what: docs/runbooks/roll-out.md",
                ),
                curves(
                    "Time of an answer by colour",
                    "ms",
                    *_quantiles("envoy_cluster_upstream_rq_time_bucket", "envoy_cluster_name"),
                ),
                curves(
                    "Servers by colour",
                    "none",
                    (
                        "max by (envoy_cluster_name) (envoy_cluster_membership_healthy)",
                        "{{envoy_cluster_name}} ready",
                    ),
                    ("max by (envoy_cluster_name) (envoy_cluster_membership_total)", "{{envoy_cluster_name}} all"),
                    about="An idle colour has none. Runbook: docs/runbooks/gateway-down.md",
                ),
                curves(
                    "Refused because there were too many",
                    "reqps",
                    (f"sum(rate(envoy_http_local_rate_limit_rate_limited{RATE}))", "refused"),
                    about="Runbook: docs/runbooks/gateway-rate-limited.md",
                ),
                curves("Open requests", "none", ("sum by (pod) (envoy_http_downstream_rq_active)", "{{pod}}")),
            ),
        ),
        Section(
            "Model servers",
            (
                curves("Time of a prediction", "s", *_quantiles(f"mlops_request_seconds_bucket{{{_PREDICT}}}")),
                curves(
                    "Answers per second",
                    "reqps",
                    (f"sum by (route, status) (rate(mlops_requests_total{RATE}))", "{{route}} {{status}}"),
                    about="Runbook: docs/runbooks/model-errors-high.md",
                ),
                curves("Rows per second", "none", (f"sum(rate(mlops_predicted_rows_total{RATE}))", "rows")),
                curves(
                    "Mean probability",
                    "percentunit",
                    (
                        f"sum(rate(mlops_prediction_probability_sum{RATE}))"
                        f" / sum(rate(mlops_prediction_probability_count{RATE}))",
                        "mean",
                    ),
                    about="A jump without a rollout is data that changed: see the drift.",
                ),
                curves(
                    "Answers from the cache",
                    "percentunit",
                    (
                        f"sum(rate(mlops_cache_hits_total{RATE})) / (sum(rate(mlops_cache_hits_total{RATE}))"
                        f" + sum(rate(mlops_cache_misses_total{RATE})))",
                        "hits",
                    ),
                ),
                curves(
                    "Log of predictions",
                    "none",
                    (f"sum(rate(mlops_inference_log_written_total{RATE}))", "written"),
                    (f"sum(rate(mlops_inference_log_dropped_total{RATE}))", "lost"),
                    about="Per second. Runbook: docs/runbooks/inference-log-dropped.md",
                ),
                curves("Memory", "bytes", (f"process_resident_memory_bytes{{{_SERVERS}}}", "{{pod}}")),
                curves("Processor", "none", (f"rate(process_cpu_seconds_total{{{_SERVERS}}}{RATE})", "{{pod}}")),
            ),
        ),
    ),
)
