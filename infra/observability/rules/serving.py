"""Model servers and what they answer."""

from infra.foundation.addresses import MODEL_SERVER
from infra.foundation.apps import COLOURS
from infra.observability.alert import Alert, Severity
from infra.observability.pushed import kept
from infra.observability.rules.gateway import failing
from infra.observability.slo import ENOUGH
from infra.observability.workloads import no_deployment

_PREDICTIONS = 'route="/predict"'
_SAGEMAKER, _NOT_SAGEMAKER = 'target="sagemaker"', 'target!="sagemaker"'
# Longer than a driver that lives puts nothing down, besides what its step may take: 10 minutes for servers and traffic
# on Kubernetes, 25 for five changes of a function; eight hours for two updates of an endpoint, as SageMaker allows.
ABANDONED, ABANDONED_SAGEMAKER = 1800, 9 * 3600


def _unended(which: str) -> str:
    """Seconds that nobody drove a rollout that has not ended."""
    series = f"mlops_rollout_unended_seconds{{{which}}}"
    return f"max by (model, target) {kept(series)}"


ALERTS: tuple[Alert, ...] = (
    Alert(
        "ModelServingDown",
        Severity.P0,
        "No model server is ready, or most of what clients ask fails.",
        # An idle colour has no servers and none is missed; that clients are sent to it shows in their answers.
        f"{no_deployment(MODEL_SERVER, COLOURS)} or ({failing(0.5, minutes=2)})",
        # Longer than a rolling start (60 s at most), shorter than a user's patience.
        after="2m",
    ),
    Alert(
        "ChampionRefused",
        Severity.P1,
        "The champion cannot be loaded or does not match its digest; the model before it is served, if there is one.",
        "max(mlops_champion_refused) == 1",
        after="2m",
    ),
    Alert(
        "ModelErrorsHigh",
        Severity.P1,
        "More than 5 % of the predictions fail on the server's side.",
        f'sum(rate(mlops_requests_total{{{_PREDICTIONS},status=~"5.."}}[5m]))'
        f" / sum(rate(mlops_requests_total{{{_PREDICTIONS}}}[5m])) > 0.05"
        f" and sum(increase(mlops_requests_total{{{_PREDICTIONS}}}[5m])) >= {ENOUGH}",
        after="5m",
    ),
    Alert(
        "ModelLatencyHigh",
        Severity.P2,
        "One prediction in twenty takes longer than 200 ms.",
        f"histogram_quantile(0.95, sum by (le) (rate(mlops_request_seconds_bucket{{{_PREDICTIONS}}}[5m]))) > 0.2",
        after="10m",
    ),
    Alert(
        "ModelResponsesSlow",
        Severity.P1,
        "More than one prediction in a hundred takes longer than two seconds.",
        f'1 - sum(rate(mlops_request_seconds_bucket{{{_PREDICTIONS},le="2.0"}}[5m]))'
        f" / sum(rate(mlops_request_seconds_count{{{_PREDICTIONS}}}[5m])) > 0.01"
        f" and sum(increase(mlops_request_seconds_count{{{_PREDICTIONS}}}[5m])) >= {ENOUGH}",
        after="5m",
    ),
    Alert(
        "RolloutAbandoned",
        Severity.P2,
        "The rollout of {{ $labels.model }} on {{ $labels.target }} has not ended, and nobody has driven it for"
        " {{ $value | humanizeDuration }}: traffic stands as its last step left it, and no other rollout may begin.",
        f"{_unended(_NOT_SAGEMAKER)} > {ABANDONED} or {_unended(_SAGEMAKER)} > {ABANDONED_SAGEMAKER}",
        after="5m",
    ),
    Alert(
        "InferenceLogDropped",
        Severity.P3,
        "The model server loses predictions of its log: performance is measured on fewer of them.",
        "sum(increase(mlops_inference_log_dropped_total[1h])) > 0",
        after="5m",
    ),
)
