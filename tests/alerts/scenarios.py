"""For every alert, stories in which it must fire and stories in which it must not."""

from tests.alerts.scenario import fires, silent

_METRICS_UP = {'up{job="kube-state-metrics"}': "1x60"}
_METRICS_DOWN = {'up{job="kube-state-metrics"}': "0x60"}
_BLUE, _GREEN, _GATEWAY = (
    f'kube_deployment_status_replicas_available{{namespace="ml-serving",deployment="{name}"}}'
    for name in ("model-server-blue", "model-server-green", "gateway")
)
_MLFLOW = 'kube_deployment_status_replicas_available{namespace="ml-platform",deployment="mlflow"}'
_POSTGRES = 'kube_statefulset_status_replicas_ready{namespace="ml-platform",statefulset="postgres"}'
_STORE = 'kube_statefulset_status_replicas_ready{namespace="ml-platform",statefulset="store"}'


def training(name: str, *, failed: bool, began: str = "60x60", kind: str = "training") -> dict[str, str]:
    labels = f'namespace="ml-training",job_name="{name}"'
    condition = "failed" if failed else "complete"
    return {
        f'kube_job_{condition}{{{labels},condition="true"}}': "1x600",
        f'kube_job_{condition}{{{labels},condition="false"}}': "0x600",
        f'kube_job_labels{{{labels},label_job_type="{kind}"}}': "1x600",
        f"kube_job_status_start_time{{{labels}}}": began,
    }


_DROPPED = 'mlops_inference_log_dropped_total{pod="a"}'


def _drift(part: str, drifted: int) -> dict[str, str]:
    return {
        f'mlops_drift_detected{{job="drift-check",model="a",part="{part}"}}': f"{drifted}x6000",
        'mlops_drift_check_timestamp_seconds{job="drift-check",model="a"}': "0x6000",
    }


def _bad(model: str) -> str:
    return f'mlops_performance_bad{{job="monitoring",model="{model}"}}'


def _ended(result: str, time: int) -> dict[str, str]:
    labels = f'{{job="retraining",model="a",result="{result}"}}'
    return {f"mlops_retraining_last_outcome_timestamp_seconds{labels}": f"{time}x20"}


def _requests(status: str, a_minute: int, route: str = "/predict") -> dict[str, str]:
    return {f'mlops_requests_total{{route="{route}",status="{status}",pod="a"}}': f"0+{a_minute}x60"}


def _durations(*, fast: int, slow: int) -> dict[str, str]:
    """Requests a minute: fast ones take less than 100 ms, slow ones between 200 and 500."""
    name = 'mlops_request_seconds_bucket{route="/predict",pod="a",le="%s"}'
    total = fast + slow
    return {
        name % "0.1": f"0+{fast}x60",
        name % "0.2": f"0+{fast}x60",
        name % "0.5": f"0+{total}x60",
        name % "+Inf": f"0+{total}x60",
    }


def _cron_job(*, created: str, succeeded: str | None) -> dict[str, str]:
    labels = '{namespace="ml-platform",cronjob="backup"}'
    series = {f"kube_cronjob_created{labels}": created}
    return series | ({f"kube_cronjob_status_last_successful_time{labels}": succeeded} if succeeded else {})


def _answers(status: int, a_minute: str) -> dict[str, str]:
    """What clients got from the gateway, by the first digit of the status."""
    labels = f'envoy_http_conn_manager_prefix="gateway",envoy_response_code_class="{status}",pod="a"'
    return {f"envoy_http_downstream_rq_xx{{{labels}}}": a_minute}


def _limited(refused: int, of: int) -> dict[str, str]:
    labels = '{envoy_local_http_ratelimit_prefix="gateway",pod="a"}'
    return {
        f"envoy_http_local_rate_limit_rate_limited{labels}": f"0+{refused}x60",
        f"envoy_http_local_rate_limit_enabled{labels}": f"0+{of}x60",
    }


SCENARIOS = (
    fires("ModelServingDown", "no replica of any colour is ready", _METRICS_UP | {_BLUE: "0x20", _GREEN: "0x20"}),
    fires("ModelServingDown", "the deployment is gone", _METRICS_UP),
    fires(
        "ModelServingDown",
        "clients are sent to the colour that has no servers",
        _METRICS_UP | {_BLUE: "2x20", _GREEN: "0x20"} | _answers(5, "0+60x20") | _answers(2, "0x20"),
    ),
    silent("ModelServingDown", "the idle colour has no servers", _METRICS_UP | {_BLUE: "2x20", _GREEN: "0x20"}),
    silent("ModelServingDown", "the other colour is idle", _METRICS_UP | {_BLUE: "0x20", _GREEN: "2x20"}),
    silent(
        "ModelServingDown",
        "a tenth of the clients are sent to servers that fail",
        _METRICS_UP | {_BLUE: "2x20", _GREEN: "1x20"} | _answers(5, "0+6x20") | _answers(2, "0+54x20"),
    ),
    silent("ModelServingDown", "one of two replicas is ready", _METRICS_UP | {_BLUE: "2 1x20", _GREEN: "0x20"}),
    silent(
        "ModelServingDown",
        "a minute without a replica during a restart",
        _METRICS_UP | {_BLUE: "2 2 0 2x20", _GREEN: "0x20"},
    ),
    silent("ModelServingDown", "only kube-state-metrics is down", _METRICS_DOWN),
    fires("GatewayDown", "no replica is ready", _METRICS_UP | {_GATEWAY: "0x20"}),
    fires("GatewayDown", "the deployment is gone", _METRICS_UP | {_BLUE: "2x20"}),
    silent("GatewayDown", "one of two replicas is ready", _METRICS_UP | {_GATEWAY: "2 1x20"}),
    silent("GatewayDown", "only kube-state-metrics is down", _METRICS_DOWN),
    fires("GatewayErrorsHigh", "one answer in ten is 5xx", _answers(5, "0+6x60") | _answers(2, "0+54x60"), at="20m"),
    silent("GatewayErrorsHigh", "one answer in fifty is", _answers(5, "0+1x60") | _answers(2, "0+49x60"), at="20m"),
    silent("GatewayErrorsHigh", "clients send nonsense", _answers(4, "0+60x60") | _answers(5, "0x60"), at="20m"),
    silent("GatewayErrorsHigh", "nobody asks", _answers(5, "0x60") | _answers(2, "0x60"), at="20m"),
    fires("GatewayRateLimited", "one request in twenty is refused", _limited(5, of=100), at="30m"),
    silent("GatewayRateLimited", "one in two hundred is", _limited(1, of=200), at="30m"),
    silent("GatewayRateLimited", "nobody asks", _limited(0, of=0), at="30m"),
    fires("TrackingUnreachable", "no replica is ready", _METRICS_UP | {_MLFLOW: "0x20"}),
    fires(
        "TrackingUnreachable",
        "replicas say they are ready and none answers",
        _METRICS_UP | {_MLFLOW: "2x20", 'up{job="mlflow",pod="a"}': "0x20", 'up{job="mlflow",pod="b"}': "0x20"},
    ),
    silent(
        "TrackingUnreachable",
        "one of two replicas answers",
        _METRICS_UP | {_MLFLOW: "1x20", 'up{job="mlflow",pod="a"}': "0x20", 'up{job="mlflow",pod="b"}': "1x20"},
    ),
    fires("DatabaseDown", "the server is not ready", _METRICS_UP | {_POSTGRES: "0x20"}),
    fires("DatabaseDown", "the server is gone", _METRICS_UP),
    silent("DatabaseDown", "the server is ready", _METRICS_UP | {_POSTGRES: "1x20"}),
    silent("DatabaseDown", "only kube-state-metrics is down", _METRICS_DOWN),
    fires("StoreDown", "the store is not ready", _METRICS_UP | {_STORE: "0x20"}),
    fires("StoreDown", "the store is gone", _METRICS_UP),
    silent("StoreDown", "the store is ready", _METRICS_UP | {_STORE: "1x20"}),
    fires("ClusterMetricsMissing", "the target does not answer", _METRICS_DOWN),
    fires("ClusterMetricsMissing", "the target is gone", {}),
    silent("ClusterMetricsMissing", "the target answers", _METRICS_UP),
    fires(
        "TrainingFailures",
        "two of three jobs failed",
        training("a", failed=True) | training("b", failed=True) | training("c", failed=False),
    ),
    silent(
        "TrainingFailures",
        "one of two jobs failed: half is not more than half",
        training("a", failed=True) | training("b", failed=False),
    ),
    silent(
        "TrainingFailures",
        "the only failure began nine hours ago",
        training("a", failed=True, began="60x600"),
        at="9h",
    ),
    silent("TrainingFailures", "a job that is no training failed", training("a", failed=True, kind="maintenance")),
    fires(
        "ChampionRefused",
        "one of two servers refuses it",
        {'mlops_champion_refused{pod="a"}': "0x20", 'mlops_champion_refused{pod="b"}': "1x20"},
    ),
    silent("ChampionRefused", "every server took it", {'mlops_champion_refused{pod="a"}': "0x20"}),
    fires("ModelErrorsHigh", "one request in ten fails", _requests("500", 6) | _requests("200", 54)),
    silent("ModelErrorsHigh", "one request in fifty fails", _requests("503", 1) | _requests("200", 49)),
    silent("ModelErrorsHigh", "clients send nothing but bad input", _requests("422", 60)),
    silent(
        "ModelErrorsHigh",
        "readiness says no while no model is loaded",
        _requests("503", 60, route="/ready") | _requests("200", 60),
    ),
    fires("ModelLatencyHigh", "one request in ten is slow", _durations(fast=90, slow=10), at="20m"),
    silent("ModelLatencyHigh", "one request in fifty is slow", _durations(fast=98, slow=2), at="20m"),
    silent("ModelLatencyHigh", "slow for five minutes only", _durations(fast=90, slow=10), at="8m"),
    silent("ModelLatencyHigh", "nobody asks", _durations(fast=0, slow=0), at="20m"),
    fires(
        "CronJobMissed", "the last success is 27 hours old", _cron_job(created="0x1800", succeeded="0x1800"), at="27h"
    ),
    fires("CronJobMissed", "27 hours old and never succeeded", _cron_job(created="0x1800", succeeded=None), at="27h"),
    silent(
        "CronJobMissed", "the last success is 25 hours old", _cron_job(created="0x1800", succeeded="0x1800"), at="25h"
    ),
    silent("CronJobMissed", "new and not yet due", _cron_job(created="0x1800", succeeded=None), at="10h"),
    fires("DataDrifted", "features moved", _drift("data", 1)),
    silent("DataDrifted", "the window is like the reference", _drift("data", 0) | _drift("prediction", 0)),
    silent("DataDrifted", "nothing was checked for three days", _drift("data", 1), at="72h"),
    fires("ModelPerformanceLow", "one model is bad", {_bad("a"): "1x20", _bad("b"): "0x20"}),
    silent("ModelPerformanceLow", "every model is within its limits", {_bad("a"): "0x20"}),
    silent("ModelPerformanceLow", "no outcome is known yet", {}),
    fires("RetrainingFailed", "the newest of three failed", _ended("promoted", 100) | _ended("failed", 300)),
    silent("RetrainingFailed", "one failed, and the next was refused", _ended("failed", 100) | _ended("refused", 300)),
    silent("RetrainingFailed", "another model's newest failed long ago", _ended("promoted", 100)),
    fires("InferenceLogDropped", "the store was down for a while", {_DROPPED: "0+5x20"}),
    silent("InferenceLogDropped", "something was lost two hours ago", {_DROPPED: "0 5 5x200"}, at="3h"),
    silent("InferenceLogDropped", "nothing was ever lost", {_DROPPED: "0x60"}),
    fires("Watchdog", "all is well", _METRICS_UP),
)
