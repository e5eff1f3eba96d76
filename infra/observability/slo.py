"""What the platform promises: the six service level objectives, each measured over 30 days. docs/slos.md explains."""

from collections.abc import Callable
from dataclasses import dataclass

from infra.foundation.addresses import TRACKING
from infra.observability.pushed import kept, newest
from infra.observability.workloads import CLUSTER_METRICS, no_deployment

WINDOW = "30d"
# Of fewer requests, or looks, one that fails is more than 5 %.
ENOUGH = 20
SECONDS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21600, "1d": 86400, "3d": 259200, WINDOW: 2592000}
PREDICTIONS = 'route="/predict"'
TUNING_HOURS = 4


@dataclass(frozen=True)
class Slo:
    """`objective`: share of events, or of the time, that must be good; `errors`: window → share that was not.

    `events`: window → how many there were. `rare`: a few a day, so that a share of an hour means nothing.
    """

    name: str
    promise: str
    objective: float
    errors: Callable[[str], str]
    events: Callable[[str], str]
    rare: bool = False


def _latency(window: str) -> str:
    series = f"mlops_request_seconds_%s{{{PREDICTIONS}%s}}[{window}]"
    within, all_ = series % ("bucket", ',le="0.1"'), series % ("count", "")
    # Of no requests it is no number, and that must not be kept.
    return f"1 - sum(rate({within})) / sum(rate({all_})) > -1"


def _jobs(kind: str, window: str, result: str = ".*") -> str:
    """Jobs that began within the window and have ended so: one series for each, kept for as long as samples are."""
    ended = f'mlops:job_ended:start_seconds{{kind="{kind}",result=~"{result}"}}[{window}]'
    return f"count(max by (job_name) (max_over_time({ended})) > time() - {SECONDS[window]})"


def _rollouts(window: str, result: str) -> str:
    series = f'mlops_rollouts{{result=~"{result}",window="{window}"}}'
    return f"sum{kept(series)}"


def _of_jobs(name: str, promise: str, kind: str) -> Slo:
    return Slo(
        name,
        promise,
        0.95,
        lambda window: f"({_jobs(kind, window, 'failed|slow')} or vector(0)) / {_jobs(kind, window)}",
        lambda window: _jobs(kind, window),
        rare=True,
    )


SLOS = (
    Slo(
        "tracking",
        "MLflow answers 99.5 % of the time",
        0.995,
        lambda window: f"avg_over_time(mlops:tracking_failing:ratio[{window}])",
        lambda window: f"count_over_time(mlops:tracking_failing:ratio[{window}])",
    ),
    Slo(
        "latency",
        "95 % of the predictions take at most 100 ms",
        0.95,
        _latency,
        lambda window: f"sum(increase(mlops_request_seconds_count{{{PREDICTIONS}}}[{window}]))",
    ),
    _of_jobs("training", "95 % of the training Jobs succeed", "training"),
    Slo(
        "deployment",
        "98 % of the rollouts end with the new version",
        0.98,
        lambda window: f"{_rollouts(window, 'rolled-back')} / ({_rollouts(window, 'served|rolled-back')} > 0)",
        lambda window: _rollouts(window, "served|rolled-back"),
        rare=True,
    ),
    Slo(
        "drift",
        "90 % of the drifts that are planted are found",
        0.90,
        lambda window: f"avg_over_time(mlops:drift_missed:ratio[{window}])",
        lambda window: f"count_over_time(mlops:drift_missed:ratio[{window}])",
        rare=True,
    ),
    _of_jobs("tuning", "95 % of the tuning Jobs are done within 4 hours", "tuning"),
)

_MADE = f'max(kube_deployment_created{{namespace="{TRACKING.namespace}",deployment="{TRACKING.service}"}})'
# 1 while no server is ready; else which part of the answers are 5xx. Nothing while that is not known, and in the first
# quarter of an hour of a new platform, which is no outage.
TRACKING_FAILING = (
    f"((sum({no_deployment(TRACKING)}) * 0 + 1)"
    f' or sum(rate(mlflow_http_request_total{{job="{TRACKING.service}",status=~"5.."}}[2m]))'
    f' / sum(rate(mlflow_http_request_total{{job="{TRACKING.service}"}}[2m])) > -1'
    f" or sum({CLUSTER_METRICS}) * 0) unless on() (time() - {_MADE} < 900)"
)
# Of the newest check; one that is two days old finds nothing.
_PLANTED, _MISSED = (kept(f"mlops_drift_canaries{which}", "model") for which in ("", '{result="missed"}'))
DRIFT_MISSED = (
    f"(time() - {newest('mlops_drift_check_timestamp_seconds')} > 2 * 86400) * 0 + 1"
    f" or sum{_MISSED} / (sum{_PLANTED} > 0)"
)
