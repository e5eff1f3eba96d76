"""Every rule of the platform. A metric is used here only if something that runs here emits it."""

from collections.abc import Sequence

from infra.foundation import addresses
from infra.foundation.addresses import DATABASE, GATEWAY, KUBE_STATE_METRICS, MODEL_SERVER, STORE, TRACKING, Endpoint
from infra.foundation.apps import COLOURS
from infra.observability.alert import Alert, Severity
from infra.observability.recording import Recording

_CLUSTER_METRICS = f'up{{job="{KUBE_STATE_METRICS.service}"}} == 1'


def _none_ready(metric: str, kind: str, workload: Endpoint, tracks: Sequence[str] = ()) -> str:
    """No replica is ready, or the workload is gone; of one with tracks, none of any.

    Absence counts only while kube-state-metrics answers: else one outage would look like all of them.
    """
    name = f'=~"{workload.service}-({"|".join(tracks)})"' if tracks else f'="{workload.service}"'
    series = f'{metric}{{namespace="{workload.namespace}",{kind}{name}}}'
    return f"(sum({series}) == 0) or (absent({series}) and on() ({_CLUSTER_METRICS}))"


def _no_deployment(workload: Endpoint, tracks: Sequence[str] = ()) -> str:
    return _none_ready("kube_deployment_status_replicas_available", "deployment", workload, tracks)


def _no_stateful_set(workload: Endpoint) -> str:
    return _none_ready("kube_statefulset_status_replicas_ready", "statefulset", workload)


def _finished(condition: str) -> str:
    """Training Jobs that ended this way and began within six hours: an old failure must not alert for ever."""
    return f"""(
    kube_job_{condition}{{namespace="{addresses.TRAINING}",condition="true"}} == 1
    and on(job_name) kube_job_labels{{label_job_type=~"training|retraining"}}
    and on(job_name) (time() - kube_job_status_start_time < 6 * 3600)
  )"""


_PREDICTIONS = 'route="/predict"'


def _failing(minutes: int) -> str:
    """Which part of what clients ask is answered 5xx, whoever gave that answer."""
    answers = 'envoy_http_downstream_rq_xx{envoy_http_conn_manager_prefix="gateway"'
    return f'sum(rate({answers},envoy_response_code_class="5"}}[{minutes}m])) / sum(rate({answers}}}[{minutes}m]))'


PLATFORM_ALERTS: tuple[Alert, ...] = (
    Alert(
        "ModelServingDown",
        Severity.P0,
        "No model server is ready, or most of what clients ask fails.",
        # An idle colour has no servers and none is missed; that clients are sent to it shows in their answers.
        f"{_no_deployment(MODEL_SERVER, COLOURS)} or ({_failing(2)} > 0.5)",
        # Longer than a rolling start (60 s at most), shorter than a user's patience.
        after="2m",
    ),
    Alert(
        "GatewayDown",
        Severity.P0,
        "No gateway is ready: no client is answered, however well the model servers are.",
        _no_deployment(GATEWAY),
        after="2m",
    ),
    Alert(
        "GatewayErrorsHigh",
        Severity.P1,
        "More than 5 % of what clients ask is answered 5xx.",
        f"{_failing(5)} > 0.05",
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
    Alert(
        "TrackingUnreachable",
        Severity.P1,
        "No MLflow server is ready: nothing can be logged, registered or promoted.",
        f'{_no_deployment(TRACKING)} or (sum(up{{job="{TRACKING.service}"}}) == 0)',
        after="2m",
    ),
    Alert(
        "ClusterMetricsMissing",
        Severity.P1,
        "kube-state-metrics does not answer: alerts about workloads and jobs are blind.",
        f"absent({_CLUSTER_METRICS})",
        after="5m",
    ),
    Alert(
        "TrainingFailures",
        Severity.P1,
        "More than half of the training jobs of the last six hours failed.",
        f"count{_finished('failed')}\n  / count({_finished('failed')} or {_finished('complete')})\n  > 0.5",
        after="1m",
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
        f" / sum(rate(mlops_requests_total{{{_PREDICTIONS}}}[5m])) > 0.05",
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
        "DataDrifted",
        Severity.P2,
        "The data of {{ $labels.model }} has drifted: {{ $labels.part }}.",
        # Until a check finds none; a check that has not run for two days says nothing about today.
        "max by (model, part) (mlops_drift_detected) == 1"
        " and on(model) (time() - max by (model) (mlops_drift_check_timestamp_seconds) < 2 * 86400)",
        after="5m",
    ),
    Alert(
        "ModelPerformanceLow",
        Severity.P2,
        "The outcomes of {{ $labels.model }} are beyond a limit of its monitoring config.",
        "max by (model) (mlops_performance_bad) == 1",
        after="5m",
    ),
    Alert(
        "RetrainingFailed",
        Severity.P2,
        "The newest retraining of {{ $labels.model }} failed: nothing was decided on its drift.",
        'max by (model) (mlops_retraining_last_outcome_timestamp_seconds{result="failed"})'
        " == max by (model) (mlops_retraining_last_outcome_timestamp_seconds)",
        after="5m",
    ),
    Alert(
        "InferenceLogDropped",
        Severity.P3,
        "The model server loses predictions of its log: performance is measured on fewer of them.",
        "sum(increase(mlops_inference_log_dropped_total[1h])) > 0",
        after="5m",
    ),
    Alert(
        "CronJobMissed",
        Severity.P1,
        "{{ $labels.cronjob }} has not succeeded for 26 hours.",
        # Every CronJob of the platform runs daily: 24 h and 2 h to finish. One that runs less often needs its own rule.
        "(time() - kube_cronjob_status_last_successful_time > 26 * 3600)"
        " or ((time() - kube_cronjob_created > 26 * 3600)"
        " unless on(namespace, cronjob) kube_cronjob_status_last_successful_time)",
        after="5m",
    ),
    Alert(
        "Watchdog",
        Severity.P3,
        "Always fires: whoever receives alerts must notice when this one stops.",
        "vector(1)",
        after="0m",
    ),
)
# Where database and store are ours; a service of the cloud is watched by the cloud.
SERVER_ALERTS: tuple[Alert, ...] = (
    Alert(
        "DatabaseDown",
        Severity.P1,
        "PostgreSQL is not ready: MLflow cannot read or write.",
        _no_stateful_set(DATABASE),
        after="2m",
    ),
    Alert(
        "StoreDown",
        Severity.P1,
        "The S3 store is not ready: artifacts cannot be read or written.",
        _no_stateful_set(STORE),
        after="2m",
    ),
)
ALERTS = (*PLATFORM_ALERTS, *SERVER_ALERTS)
_ENDED = f"({_finished('failed')} or {_finished('complete')})"
RECORDINGS: tuple[Recording, ...] = (
    # Of the training Jobs that began within six hours and have ended; nothing while there are none.
    Recording("mlops:training_success:ratio_6h", f"(count{_finished('complete')} or vector(0)) / count{_ENDED}"),
)
