"""The gateway and what clients get from it."""

from infra.foundation.addresses import GATEWAY
from infra.observability.alert import Alert, Severity
from infra.observability.slo import ENOUGH
from infra.observability.workloads import no_deployment


def failing(share: float, minutes: int) -> str:
    """More than this part of what clients ask is answered 5xx, whoever gave that answer."""
    answers = 'envoy_http_downstream_rq_xx{envoy_http_conn_manager_prefix="gateway"'
    return (
        f'sum(rate({answers},envoy_response_code_class="5"}}[{minutes}m]))'
        f" / sum(rate({answers}}}[{minutes}m])) > {share}"
        f" and sum(increase({answers}}}[{minutes}m])) >= {ENOUGH}"
    )


ALERTS: tuple[Alert, ...] = (
    Alert(
        "GatewayDown",
        Severity.P0,
        "No gateway is ready: no client is answered, however well the model servers are.",
        no_deployment(GATEWAY),
        after="2m",
    ),
    Alert(
        "GatewayErrorsHigh",
        Severity.P1,
        "More than 5 % of what clients ask is answered 5xx.",
        failing(0.05, minutes=5),
        after="5m",
    ),
    Alert(
        "GatewayRateLimited",
        Severity.P3,
        "More than 1 % of the requests with a key are refused because there are too many.",
        "sum(rate(envoy_http_local_rate_limit_rate_limited[10m]))"
        " / sum(rate(envoy_http_local_rate_limit_enabled[10m])) > 0.01",
        after="10m",
    ),
)
