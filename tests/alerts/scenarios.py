"""For every alert, stories in which it must fire and stories in which it must not."""

from collections.abc import Mapping

from tests.alerts.scenario import fires, silent

METRICS_UP = {'up{job="kube-state-metrics"}': "1x60"}
METRICS_DOWN = {'up{job="kube-state-metrics"}': "0x60"}
BLUE, GREEN, GATEWAY = (
    f'kube_deployment_status_replicas_available{{namespace="ml-serving",deployment="{name}"}}'
    for name in ("model-server-blue", "model-server-green", "gateway")
)
MLFLOW = 'kube_deployment_status_replicas_available{namespace="ml-platform",deployment="mlflow"}'
POSTGRES = 'kube_statefulset_status_replicas_ready{namespace="ml-platform",statefulset="postgres"}'
STORE = 'kube_statefulset_status_replicas_ready{namespace="ml-platform",statefulset="store"}'


def training(name: str, *, failed: bool, began: str = "60x6000", kind: str = "training") -> dict[str, str]:
    labels = f'namespace="ml-training",job_name="{name}"'
    condition = "failed" if failed else "complete"
    return {
        f'kube_job_{condition}{{{labels},condition="true"}}': "1x6000",
        f'kube_job_{condition}{{{labels},condition="false"}}': "0x6000",
        f'kube_job_labels{{{labels},label_job_type="{kind}"}}': "1x6000",
        f"kube_job_status_start_time{{{labels}}}": began,
    }


def canaries(found: int, missed: int, checked: str = "0x6000") -> dict[str, str]:
    return {
        'mlops_drift_canaries{job="drift-check",model="a",result="found"}': f"{found}x6000",
        'mlops_drift_canaries{job="drift-check",model="a",result="missed"}': f"{missed}x6000",
        'mlops_drift_check_timestamp_seconds{job="drift-check",model="a"}': checked,
    }


def rollouts(window: str, served: int, back: int, shadows: int = 0) -> dict[str, str]:
    labels = f'job="rollouts",model="a",target="k8s",window="{window}"'
    return {
        f'mlops_rollouts{{{labels},result="served"}}': f"{served}x600",
        f'mlops_rollouts{{{labels},result="rolled-back"}}': f"{back}x600",
        f'mlops_rollouts{{{labels},result="reported"}}': f"{shadows}x600",
    }


def _trainings(well: int, failed: int, began: str = "60x6000") -> dict[str, str]:
    found: dict[str, str] = {}
    for number in range(well + failed):
        found |= training(f"{number}-{began}", failed=number < failed, began=began)
    return found


DROPPED = 'mlops_inference_log_dropped_total{pod="a"}'


def drift(part: str, drifted: int) -> dict[str, str]:
    return {
        f'mlops_drift_detected{{job="drift-check",model="a",part="{part}"}}': f"{drifted}x6000",
        'mlops_drift_check_timestamp_seconds{job="drift-check",model="a"}': "0x6000",
    }


def bad(model: str) -> str:
    return f'mlops_performance_bad{{job="monitoring",model="{model}"}}'


def ended(result: str, time: int) -> dict[str, str]:
    labels = f'{{job="retraining",model="a",result="{result}"}}'
    return {f"mlops_retraining_last_outcome_timestamp_seconds{labels}": f"{time}x20"}


def requests(status: str, a_minute: int, route: str = "/predict") -> dict[str, str]:
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


def cron_job(
    *,
    created: str = "0x6000",
    succeeded: str | None,
    started: str | None,
    due: str | None,
    namespace: str = "ml-platform",
) -> dict[str, str]:
    """`started`: when its schedule last wanted it; `due`: when it does next, None of one that is suspended."""
    labels = f'{{namespace="{namespace}",cronjob="backup"}}'
    series = {
        "kube_cronjob_created": created,
        "kube_cronjob_status_last_successful_time": succeeded,
        "kube_cronjob_status_last_schedule_time": started,
        "kube_cronjob_next_schedule_time": due,
    }
    return {f"{name}{labels}": values for name, values in series.items() if values is not None}


def _told(alert: str, *, until: int) -> dict[str, str]:
    """It fires from minute 2 to this one."""
    return {f'ALERTS{{alertname="{alert}",alertstate="firing"}}': f"_x1 1x{until - 2} _x100"}


def failing(namespace: str = "ml-platform") -> dict[str, str]:
    """One of every ten minutes, from minute 10 on."""
    return cron_job(
        succeeded="0x100",
        started="0x9 600x9 1200x9 1800x9 2400x9 3000x60",
        due="600x9 1200x9 1800x9 2400x9 3000x9 3600x60",
        namespace=namespace,
    )


_DAILY = {"started": "0x6000", "due": "86400x6000"}
# Each hour from 8 to 18, then not until the morning: minute 0 is 18:00.
_BY_DAY = {"started": "0x839 50400x59 54000x6000", "due": "50400x839 54000x59 57600x6000"}


KEPT, BASE = "mlops_wal_kept_timestamp_seconds", "mlops_wal_base_timestamp_seconds"
PUSHGATEWAY = 'process_start_time_seconds{job="pushgateway",pod="a"}'
ARCHIVER = 'kube_deployment_created{namespace="ml-platform",deployment="wal-archive"}'
CERTIFICATE = 'mlops_certificate_expiry_timestamp_seconds{job="certificates",name="%s"}'
GOOD, DRILLED = "mlops_drill_good", "mlops_drill_timestamp_seconds"
SET, VERIFIED = "mlops_backup_set_timestamp_seconds", "mlops_backup_verified_timestamp_seconds"
COPIED = "mlops_backup_copied_set_timestamp_seconds"
WAITS = 'kube_pod_container_status_waiting_reason{namespace="n",pod="a",container="c",reason="CrashLoopBackOff"}'
_SERVED = 'mlops_model_info{job="model-server",model="a",version="%s"}'
DATABASE_ERRORS = 'mlops_tracking_database_errors_total{pod="a"}'


def connections(*, used: str, looked: str = "0+60x200") -> dict[str, str]:
    """Of a hundred; `looked`: when they were counted."""
    return {
        'mlops_database_connections{job="database"}': used,
        'mlops_database_connections_limit{job="database"}': "100x200",
        'mlops_database_measured_timestamp_seconds{job="database"}': looked,
    }


def ages(**of: str) -> dict[str, str]:
    return {f'mlops_database_transaction_id_age{{job="database",database="{name}"}}': age for name, age in of.items()}


def pod(*, ready: int | str, phase: str = "Running", owner: str = "ReplicaSet") -> dict[str, str]:
    pod = 'namespace="n",pod="a"'
    return {
        f'kube_pod_status_ready{{{pod},condition="true"}}': f"{ready}x60" if isinstance(ready, int) else ready,
        f'kube_pod_status_phase{{{pod},phase="{phase}"}}': "1x60",
        f'kube_pod_owner{{{pod},owner_kind="{owner}"}}': "1x60",
    }


def memory(used: int | str) -> dict[str, str]:
    labels = 'namespace="n",pod="a",container="c"'
    return {
        f"container_memory_rss{{{labels}}}": f"{used}x60" if isinstance(used, int) else used,
        f'kube_pod_container_resource_limits{{{labels},resource="memory"}}': "100x60",
        f'kube_pod_container_resource_limits{{{labels},resource="cpu"}}': "1x60",
    }


def volume(free: int) -> dict[str, str]:
    labels = '{namespace="n",persistentvolumeclaim="data-a-0"}'
    return {
        f"kubelet_volume_stats_available_bytes{labels}": f"{free}x60",
        f"kubelet_volume_stats_capacity_bytes{labels}": "100x60",
    }


def disk(free: int) -> dict[str, str]:
    labels = '{job="model-server",pod="a"}'
    return {
        f"mlops_node_disk_available_bytes{labels}": f"{free}x60",
        f"mlops_node_disk_size_bytes{labels}": "100x60",
    }


def tuning(name: str, state: str, *, hours: int = 1, kind: str = "tuning") -> dict[str, str]:
    """`state`: running, failed or complete after so many hours; it began at minute 0."""
    labels = f'namespace="ml-training",job_name="{name}"'
    series = {
        f"kube_job_status_start_time{{{labels}}}": "0x600",
        f"kube_job_status_active{{{labels}}}": f"{int(state == 'running')}x600",
        f'kube_job_labels{{{labels},label_job_type="{kind}"}}': "1x600",
    }
    if state == "failed":
        series[f'kube_job_failed{{{labels},condition="true"}}'] = "1x600"
    if state == "complete":
        series[f"kube_job_status_completion_time{{{labels}}}"] = f"{hours * 3600}x600"
    return series


def predictions(*, fast: float, slow: float) -> dict[str, str]:
    """A minute: those that take 100 ms at most, and those that take longer."""
    labels = 'route="/predict",pod="a"'
    return {
        f'mlops_request_seconds_bucket{{{labels},le="0.1"}}': f"0+{fast}x600",
        f"mlops_request_seconds_count{{{labels}}}": f"0+{fast + slow}x600",
    }


def answered(well: int, failed: int) -> dict[str, str]:
    """By MLflow, a minute."""
    labels = 'job="mlflow",pod="a",method="GET"'
    return {
        f'mlflow_http_request_total{{{labels},status="200"}}': f"0+{well}x600",
        f'mlflow_http_request_total{{{labels},status="500"}}': f"0+{failed}x600",
    }


def seconds(*, within: int, of: int) -> dict[str, str]:
    """Requests a minute, and how many of them take two seconds at the most."""
    labels = 'route="/predict",pod="a"'
    return {
        f'mlops_request_seconds_bucket{{{labels},le="2.0"}}': f"0+{within}x60",
        f"mlops_request_seconds_count{{{labels}}}": f"0+{of}x60",
    }


def accuracy(share: float, *, served: str, rows: int, limit: float = 0.8) -> dict[str, str]:
    """Of version 2."""
    return {
        'mlops_performance_accuracy_ratio{job="monitoring",model="a",version="2"}': f"{share}x60",
        'mlops_performance_labelled_predictions{job="monitoring",model="a",version="2"}': f"{rows}x60",
        _SERVED % served: "1x60",
        'mlops_performance_accuracy_limit_ratio{job="monitoring",model="a"}': f"{limit}x60",
    }


def answers(status: int, a_minute: str) -> dict[str, str]:
    """What clients got from the gateway, by the first digit of the status."""
    labels = f'envoy_http_conn_manager_prefix="gateway",envoy_response_code_class="{status}",pod="a"'
    return {f"envoy_http_downstream_rq_xx{{{labels}}}": a_minute}


def limited(refused: int, of: int) -> dict[str, str]:
    labels = '{envoy_local_http_ratelimit_prefix="gateway",pod="a"}'
    return {
        f"envoy_http_local_rate_limit_rate_limited{labels}": f"0+{refused}x60",
        f"envoy_http_local_rate_limit_enabled{labels}": f"0+{of}x60",
    }


def unended(**silent_for: str) -> dict[str, str]:
    """Seconds by target."""
    return {
        f'mlops_rollout_unended_seconds{{job="rollouts",model="a",target="{target}"}}': seconds
        for target, seconds in silent_for.items()
    }


def undelivered(kind: str, counted: str) -> dict[str, str]:
    return {f'alertmanager_notifications_failed_total{{integration="{kind}",reason="clientError"}}': counted}


def forgotten(series: Mapping[str, str], minutes: int = 20) -> dict[str, str]:
    """The pushgateway is restarted after so many minutes of constant figures, and no job pushes again."""
    return {name: f"{values.split('x')[0]}x{minutes} _x6000" for name, values in series.items()}


_RESTARTED = "the pushgateway was restarted, and no job has pushed again"


SCENARIOS = (
    fires("ModelServingDown", "no replica of any colour is ready", METRICS_UP | {BLUE: "0x20", GREEN: "0x20"}),
    fires("ModelServingDown", "the deployment is gone", METRICS_UP),
    fires(
        "ModelServingDown",
        "clients are sent to the colour that has no servers",
        METRICS_UP | {BLUE: "2x20", GREEN: "0x20"} | answers(5, "0+60x20") | answers(2, "0x20"),
    ),
    silent("ModelServingDown", "the idle colour has no servers", METRICS_UP | {BLUE: "2x20", GREEN: "0x20"}),
    silent("ModelServingDown", "the other colour is idle", METRICS_UP | {BLUE: "0x20", GREEN: "2x20"}),
    silent(
        "ModelServingDown",
        "a tenth of the clients are sent to servers that fail",
        METRICS_UP | {BLUE: "2x20", GREEN: "1x20"} | answers(5, "0+6x20") | answers(2, "0+54x20"),
    ),
    silent(
        "ModelServingDown",
        "two requests failed, a minute apart, and nobody else asks",
        METRICS_UP | {BLUE: "2x20", GREEN: "0x20"} | answers(5, "0 0 0 1 2x20"),
        at="5m",
    ),
    silent(
        "ModelServingDown",
        "nine a minute fail, and nobody else asks",
        METRICS_UP | {BLUE: "2x20", GREEN: "0x20"} | answers(5, "0+9x20"),
    ),
    silent("ModelServingDown", "one of two replicas is ready", METRICS_UP | {BLUE: "2 1x20", GREEN: "0x20"}),
    silent(
        "ModelServingDown",
        "a minute without a replica during a restart",
        METRICS_UP | {BLUE: "2 2 0 2x20", GREEN: "0x20"},
    ),
    silent("ModelServingDown", "only kube-state-metrics is down", METRICS_DOWN),
    fires("GatewayDown", "no replica is ready", METRICS_UP | {GATEWAY: "0x20"}),
    fires("GatewayDown", "the deployment is gone", METRICS_UP | {BLUE: "2x20"}),
    silent("GatewayDown", "one of two replicas is ready", METRICS_UP | {GATEWAY: "2 1x20"}),
    silent("GatewayDown", "only kube-state-metrics is down", METRICS_DOWN),
    fires("GatewayErrorsHigh", "one answer in ten is 5xx", answers(5, "0+6x60") | answers(2, "0+54x60"), at="20m"),
    silent("GatewayErrorsHigh", "one answer in fifty is", answers(5, "0+1x60") | answers(2, "0+49x60"), at="20m"),
    silent("GatewayErrorsHigh", "clients send nonsense", answers(4, "0+60x60") | answers(5, "0x60"), at="20m"),
    silent("GatewayErrorsHigh", "three a minute fail, and nobody else asks", answers(5, "0+3x60"), at="20m"),
    silent("GatewayErrorsHigh", "nobody asks", answers(5, "0x60") | answers(2, "0x60"), at="20m"),
    fires("GatewayRateLimited", "one request in twenty is refused", limited(5, of=100), at="30m"),
    silent("GatewayRateLimited", "one in two hundred is", limited(1, of=200), at="30m"),
    silent("GatewayRateLimited", "nobody asks", limited(0, of=0), at="30m"),
    fires("TrackingUnreachable", "no replica is ready", METRICS_UP | {MLFLOW: "0x20"}),
    fires(
        "TrackingUnreachable",
        "replicas say they are ready and none answers",
        METRICS_UP | {MLFLOW: "2x20", 'up{job="mlflow",pod="a"}': "0x20", 'up{job="mlflow",pod="b"}': "0x20"},
    ),
    silent(
        "TrackingUnreachable",
        "one of two replicas answers",
        METRICS_UP | {MLFLOW: "1x20", 'up{job="mlflow",pod="a"}': "0x20", 'up{job="mlflow",pod="b"}': "1x20"},
    ),
    fires("DatabaseDown", "the server is not ready", METRICS_UP | {POSTGRES: "0x20"}),
    fires("DatabaseDown", "the server is gone", METRICS_UP),
    fires(
        "DatabaseDown",
        "ready for a minute again: MLflow may not be yet",
        METRICS_UP | {POSTGRES: "0x5 1x20"},
        at="7m",
    ),
    silent("DatabaseDown", "ready for three minutes again", METRICS_UP | {POSTGRES: "0x5 1x20"}, at="9m"),
    silent("DatabaseDown", "the server is ready", METRICS_UP | {POSTGRES: "1x20"}),
    silent("DatabaseDown", "only kube-state-metrics is down", METRICS_DOWN),
    fires("DatabaseTransactionIdsHigh", "a template is not frozen", ages(mlflow="5x20", template0="1100000000x20")),
    silent("DatabaseTransactionIdsHigh", "autovacuum has begun to freeze", ages(mlflow="250000000x20")),
    fires("DatabaseTransactionIdsHigh", _RESTARTED, forgotten(ages(template0="1100000000x")), at="60m"),
    fires("DatabaseConnectionsHigh", "nine of ten are taken", connections(used="90x60"), at="25m"),
    silent("DatabaseConnectionsHigh", "three of four are", connections(used="75x60"), at="60m"),
    silent("DatabaseConnectionsHigh", "many were, at one look", connections(used="90x14 20x60"), at="18m"),
    silent(
        "DatabaseConnectionsHigh",
        "many were, and nobody has looked for an hour",
        connections(used="90x90", looked="0x90"),
        at="70m",
    ),
    fires("DatabaseConnectionsHigh", _RESTARTED, forgotten(connections(used="90x", looked="0x")), at="40m"),
    fires("StoreDown", "the store is not ready", METRICS_UP | {STORE: "0x20"}),
    fires("StoreDown", "the store is gone", METRICS_UP),
    silent("StoreDown", "the store is ready", METRICS_UP | {STORE: "1x20"}),
    fires("ClusterMetricsMissing", "the target does not answer", METRICS_DOWN),
    fires("ClusterMetricsMissing", "the target is gone", {}),
    silent("ClusterMetricsMissing", "the target answers", METRICS_UP),
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
    fires("ModelErrorsHigh", "one request in ten fails", requests("500", 6) | requests("200", 54)),
    silent("ModelErrorsHigh", "one request in fifty fails", requests("503", 1) | requests("200", 49)),
    silent("ModelErrorsHigh", "three a minute fail, and nobody else asks", requests("500", 3)),
    silent("ModelErrorsHigh", "clients send nothing but bad input", requests("422", 60)),
    silent(
        "ModelErrorsHigh",
        "readiness says no while no model is loaded",
        requests("503", 60, route="/ready") | requests("200", 60),
    ),
    fires("ModelLatencyHigh", "one request in ten is slow", _durations(fast=90, slow=10), at="20m"),
    silent("ModelLatencyHigh", "one request in fifty is slow", _durations(fast=98, slow=2), at="20m"),
    silent("ModelLatencyHigh", "slow for five minutes only", _durations(fast=90, slow=10), at="8m"),
    silent("ModelLatencyHigh", "nobody asks", _durations(fast=0, slow=0), at="20m"),
    fires("CronJobMissed", "a daily one, 27 h after its success", cron_job(succeeded="0x6000", **_DAILY), at="27h"),
    silent("CronJobMissed", "a daily one, 26 h after its success", cron_job(succeeded="0x6000", **_DAILY), at="26h"),
    fires("CronJobMissed", "a daily one that never succeeded", cron_job(succeeded=None, **_DAILY), at="27h"),
    silent("CronJobMissed", "new and not yet due", cron_job(succeeded=None, started=None, due="72000x900"), at="10h"),
    fires(
        "CronJobMissed",
        "one of ten minutes that starts and fails is missed within the hour",
        failing(),
        at="50m",
    ),
    silent(
        "CronJobMissed",
        "one of ten minutes that failed in an outage of the database, which was told",
        failing() | _told("DatabaseDown", until=50),
        at="60m",
    ),
    silent(
        "CronJobMissed",
        "one of ten minutes that needs MLflow, which was away and told",
        failing("ml-training") | _told("TrackingUnreachable", until=50),
        at="60m",
    ),
    fires(
        "CronJobMissed",
        "one of ten minutes that needs no MLflow, which was away",
        failing() | _told("TrackingUnreachable", until=50),
        at="60m",
    ),
    fires(
        "CronJobMissed",
        "one of ten minutes that still fails, half an hour after the outage",
        failing() | _told("StoreDown", until=30),
        at="60m",
    ),
    silent(
        "CronJobMissed",
        "one of ten minutes that failed twice",
        cron_job(succeeded="0x100", started="0x9 600x9 1200x9 1800x60", due="600x9 1200x9 1800x9 2400x60"),
        at="29m",
    ),
    silent("CronJobMissed", "an hourly one after a night without", cron_job(succeeded="0x840", **_BY_DAY), at="14h"),
    fires("CronJobMissed", "an hourly one that failed all morning", cron_job(succeeded="0x6000", **_BY_DAY), at="16h"),
    fires(
        "CronJobMissed",
        "suspended and forgotten",
        cron_job(succeeded="0x6000", started="0x6000", due=None),
        at="27h",
    ),
    silent(
        "CronJobMissed",
        "suspended since this morning",
        cron_job(succeeded="0x6000", started="0x6000", due=None),
        at="8h",
    ),
    fires("BackupTooOld", "the newest set is 27 hours old", {SET: "0x6000"}, at="27h"),
    silent("BackupTooOld", "the newest set is of this night", {SET: "0x6000"}, at="25h"),
    silent("BackupTooOld", "no set was ever taken here", {}),
    fires("BackupTooOld", _RESTARTED, forgotten({SET: "0x"}, minutes=1600), at="29h"),
    silent(
        "BackupTooOld", "the pushgateway was restarted, then a set was taken", {SET: "0x1600 _x60 99660x100"}, "29h"
    ),
    fires("BackupNotVerified", "nobody read a set for 27 hours", {VERIFIED: "0x6000"}, at="27h"),
    silent("BackupNotVerified", "one was read this night", {VERIFIED: "0x6000"}, at="25h"),
    fires("BackupNotVerified", _RESTARTED, forgotten({VERIFIED: "0x"}, minutes=1600), at="29h"),
    fires("BackupCopyTooOld", "the newest set that was copied is 28 hours old", {COPIED: "0x6000"}, at="28h"),
    silent("BackupCopyTooOld", "it is of this night", {COPIED: "0x6000"}, at="25h"),
    silent("BackupCopyTooOld", "the machine was off, and it is not an hour yet", {COPIED: "0x6000"}, at="27h"),
    silent("BackupCopyTooOld", "sets are taken, and none was ever copied", {SET: "0x6000"}, at="27h"),
    fires("BackupCopyTooOld", _RESTARTED, forgotten({COPIED: "0x"}, minutes=1600), at="29h"),
    fires("BackupCopyTooOld", "the machine was restarted, and nobody copied since", {COPIED: "0x20 _x7500"}, "125h"),
    silent(
        "BackupCopyTooOld",
        "the pushgateway was restarted, then a set was copied",
        {COPIED: "0x1600 _x60 99660x100"},
        "29h",
    ),
    fires(
        "CertificateEndsSoon",
        "the store's ends in twenty days, the database's in a year",
        {CERTIFICATE % "store": f"{20 * 86400}x20", CERTIFICATE % "database": f"{365 * 86400}x20"},
    ),
    fires("CertificateEndsSoon", "one has ended while nobody looked", {CERTIFICATE % "store": "60x20"}),
    silent("CertificateEndsSoon", "the first ends in 22 days", {CERTIFICATE % "store": f"{22 * 86400}x20"}),
    silent("CertificateEndsSoon", "nothing is reached over TLS", {}),
    fires("CertificateEndsSoon", _RESTARTED, forgotten({CERTIFICATE % "store": f"{20 * 86400}x"}), at="60m"),
    silent(
        "CertificateEndsSoon",
        "the pushgateway was restarted, and the certificate is a new one",
        {CERTIFICATE % "store": f"{20 * 86400}x20 _x20 {365 * 86400}x60"},
        at="60m",
    ),
    fires("BackupDrillFailed", "the last drill failed, the one before was good", {GOOD: "0x20", DRILLED: "0x20"}),
    silent("BackupDrillFailed", "the last drill was good", {GOOD: "1x20"}),
    silent("BackupDrillFailed", "nobody drills here", {}),
    fires("BackupDrillFailed", _RESTARTED, forgotten({GOOD: "0x"}), at="60m"),
    fires("BackupDrillFailed", "good, then the pushgateway was restarted, then bad", {GOOD: "1x20 _x20 0x60"}, "60m"),
    silent("BackupDrillFailed", "bad, then the pushgateway was restarted, then good", {GOOD: "0x20 _x20 1x60"}, "60m"),
    fires("BackupNotDrilled", "the last good drill was 51 hours ago", {GOOD: "1x6000", DRILLED: "0x6000"}, at="51h"),
    silent("BackupNotDrilled", "one drill was left out", {GOOD: "1x6000", DRILLED: "0x6000"}, at="49h"),
    silent("BackupNotDrilled", "nobody drills here", {}),
    fires("BackupNotDrilled", _RESTARTED, forgotten({DRILLED: "0x"}, minutes=3020), at="52h"),
    fires("WalArchiveLate", "nothing was kept for six minutes", {KEPT: "0x20"}, at="6m"),
    silent("WalArchiveLate", "a piece each minute", {KEPT: "0+30x20"}, at="9m"),
    fires("WalArchiveLate", "node and gateway began anew, the archiver did not", {PUSHGATEWAY: "0x30"}, at="18m"),
    silent("WalArchiveLate", "a new platform has begun", {PUSHGATEWAY: "0x30", KEPT: "_x14 840+60x20"}, at="18m"),
    silent("WalArchiveLate", "the gateway has been there for long", {PUSHGATEWAY: "-86400x30", KEPT: "0+60x30"}),
    silent("WalArchiveLate", "nobody keeps a log here", {}),
    fires("WalBaseTooOld", "the newest base is 51 hours old", {BASE: "0x6200"}, at="51h"),
    silent("WalBaseTooOld", "one was left out", {BASE: "0x6200"}, at="49h"),
    fires("WalBaseTooOld", "there never was one", {ARCHIVER: "0x6200"}, at="51h"),
    fires(
        "WalBaseTooOld",
        "the log was lost, and none was taken since",
        {BASE: "0x1000 _x5200", ARCHIVER: "-864000x6200"},
        at="51h",
    ),
    silent("WalBaseTooOld", "a new archiver has none yet", {ARCHIVER: "0x6200"}, at="2h"),
    silent(
        "WalBaseTooOld",
        "the log was lost, and one is taken for an hour",
        {BASE: "0x1400 _x5200", ARCHIVER: "-864000x6200"},
        at="24h",
    ),
    silent("WalBaseTooOld", "nobody keeps a log here", {}),
    fires("PodDown", "a server is not ready", pod(ready=0), at="20m"),
    fires("PodDown", "a server finds no node", pod(ready=0, phase="Pending"), at="20m"),
    silent("PodDown", "a server is ready", pod(ready=1), at="20m"),
    silent("PodDown", "a server needed five minutes", pod(ready="0x5 1x60"), at="20m"),
    silent("PodDown", "a Job's pod runs", pod(ready=0, owner="Job"), at="20m"),
    silent("PodDown", "a pod has ended", pod(ready=0, phase="Succeeded"), at="20m"),
    fires("PodCrashLooping", "it waits, runs for a minute and waits again", {WAITS: "1 _ 1 _ 1 _ 1 _x1 1 _ 1 _ 1x20"}),
    silent("PodCrashLooping", "it crashed once, long ago", {WAITS: "1 _x30"}, at="20m"),
    silent("PodCrashLooping", "it never waited", {}),
    fires("MemoryNearLimit", "95 of 100 MB", memory(95)),
    silent("MemoryNearLimit", "85 of 100 MB", memory(85)),
    silent("MemoryNearLimit", "a moment at 95 MB", memory("50x5 95x2 50x20")),
    fires("VolumeNearlyFull", "5 of 100 GB are free", volume(5)),
    silent("VolumeNearlyFull", "15 of 100 GB are free", volume(15)),
    fires("NodeDiskNearlyFull", "5 of 100 GB are free", disk(5)),
    silent("NodeDiskNearlyFull", "15 of 100 GB are free", disk(15)),
    fires("TuningTooLong", "a study runs for five hours", tuning("a", "running"), at="5h"),
    silent("TuningTooLong", "a study runs for three hours", tuning("a", "running"), at="3h"),
    silent("TuningTooLong", "a study ended long ago", tuning("a", "complete", hours=1), at="5h"),
    silent("TuningTooLong", "a training of a night", tuning("a", "running", kind="training"), at="5h"),
    fires("ModelResponsesSlow", "one in fifty takes longer than 2 s", seconds(within=49, of=50)),
    silent("ModelResponsesSlow", "one in two hundred does", seconds(within=199, of=200)),
    silent("ModelResponsesSlow", "three a minute do, and nobody else asks", seconds(within=0, of=3)),
    silent("ModelResponsesSlow", "nobody asks", seconds(within=0, of=0)),
    fires("AccuracyLow", "the version served is right in 75 %", accuracy(0.75, served="2", rows=500)),
    silent("AccuracyLow", "75 % are enough for this model", accuracy(0.75, served="2", rows=500, limit=0.6)),
    silent("AccuracyLow", "the version served is right in 85 %", accuracy(0.85, served="2", rows=500)),
    silent("AccuracyLow", "of a version that is served no more", accuracy(0.75, served="3", rows=500)),
    silent("AccuracyLow", "only 100 outcomes are known", accuracy(0.75, served="2", rows=100)),
    fires(
        "AccuracyLow",
        _RESTARTED,
        forgotten(accuracy(0.75, served="2", rows=500)) | {_SERVED % "2": "1x60"},
        at="40m",
    ),
    silent(
        "TrackingDatabaseErrors", "four connections were cut by one restart", {DATABASE_ERRORS: "0x3 4x20"}, at="3m"
    ),
    fires("TrackingDatabaseErrors", "every probe fails", {DATABASE_ERRORS: "0x3 5+5x20"}),
    silent("TrackingDatabaseErrors", "one connection was cut", {DATABASE_ERRORS: "0x3 1x20"}),
    silent(
        "TrackingDatabaseErrors",
        "PostgreSQL was away, which was told, and has been back for three minutes",
        {DATABASE_ERRORS: "0+20x5 100x20", 'ALERTS{alertname="DatabaseDown",alertstate="firing"}': "_x2 1x5 _x20"},
    ),
    silent("TrackingDatabaseErrors", "nothing ever failed", {DATABASE_ERRORS: "0x30"}),
    fires("DataDrifted", "features moved", drift("data", 1)),
    silent("DataDrifted", "the window is like the reference", drift("data", 0) | drift("prediction", 0)),
    silent("DataDrifted", "nothing was checked for three days", drift("data", 1), at="72h"),
    fires("DataDrifted", _RESTARTED, forgotten(drift("data", 1)), at="60m"),
    silent(
        "DataDrifted",
        "a part drifted that the newest check has not looked at",
        forgotten(drift("performance", 1)) | drift("data", 0),
        at="60m",
    ),
    fires("ModelPerformanceLow", "one model is bad", {bad("a"): "1x20", bad("b"): "0x20"}),
    silent("ModelPerformanceLow", "every model is within its limits", {bad("a"): "0x20"}),
    silent("ModelPerformanceLow", "no outcome is known yet", {}),
    fires("ModelPerformanceLow", _RESTARTED, forgotten({bad("a"): "1x"}), at="60m"),
    fires("RetrainingFailed", "the newest of three failed", ended("promoted", 100) | ended("failed", 300)),
    silent("RetrainingFailed", "one failed, and the next was refused", ended("failed", 100) | ended("refused", 300)),
    silent("RetrainingFailed", "another model's newest failed long ago", ended("promoted", 100)),
    fires("RetrainingFailed", _RESTARTED, forgotten(ended("promoted", 100) | ended("failed", 300)), at="60m"),
    fires("RolloutAbandoned", "a canary without a driver for an hour", unended(k8s="0x5 3600x60"), at="20m"),
    silent("RolloutAbandoned", "its driver takes 25 minutes to change a function", unended(**{"lambda": "1500x60"})),
    silent("RolloutAbandoned", "somebody took it over", unended(k8s="3600x20 0x60"), at="30m"),
    silent("RolloutAbandoned", "an endpoint takes its time, as others do not", unended(sagemaker="28800x60")),
    fires("RolloutAbandoned", "an endpoint whose driver is gone since yesterday", unended(sagemaker="86400x60")),
    fires("RolloutAbandoned", _RESTARTED, forgotten(unended(k8s="3600x")), at="60m"),
    silent("RolloutAbandoned", "nothing was ever rolled out", {}),
    fires("InferenceLogDropped", "the store was down for a while", {DROPPED: "0+5x20"}),
    silent("InferenceLogDropped", "something was lost two hours ago", {DROPPED: "0 5 5x200"}, at="3h"),
    silent("InferenceLogDropped", "nothing was ever lost", {DROPPED: "0x60"}),
    fires("SloBurnsFast", "a third of the answers of MLflow fail", METRICS_UP | answered(2, 1), at="40m"),
    fires("SloBurnsFast", "every prediction is slow", predictions(fast=0, slow=9), at="40m"),
    silent("SloBurnsFast", "one prediction in ten is slow", predictions(fast=9, slow=1), at="40m"),
    silent(
        "SloBurnsFast",
        "three of four predictions of the whole hour are slow",
        {name: values.replace("x600", "x2") for name, values in predictions(fast=1, slow=3).items()},
        at="40m",
    ),
    silent(
        "SloBurnsFast",
        "MLflow was down for ten minutes, half an hour ago",
        METRICS_UP | {MLFLOW: "1x9 0x9 1x60"},
        at="55m",
    ),
    fires("SloBurnsSlowly", "one prediction in five is slow", predictions(fast=8, slow=2), at="60m"),
    silent("SloBurnsSlowly", "one prediction in thirty is slow", predictions(fast=29, slow=1), at="60m"),
    silent(
        "SloBurnsSlowly",
        "half of the predictions are slow, of 60 in a day",
        {name: values.replace("x600", "x29") for name, values in predictions(fast=1, slow=1).items()},
        at="90m",
    ),
    fires("SloBurnsSlowly", "four of twenty trainings failed", _trainings(16, 4), at="60m"),
    silent("SloBurnsSlowly", "three of twenty did", _trainings(17, 3), at="60m"),
    silent("SloBurnsSlowly", "four of nineteen did, which are too few", _trainings(15, 4), at="60m"),
    silent(
        "SloBurnsSlowly",
        "four of twenty did, and a day has passed without one",
        _trainings(0, 4) | _trainings(16, 0, began="90000x6000"),
        at="27h",
    ),
    fires(
        "SloBurnsSlowly", "two of twenty rollouts went back", rollouts("1d", 18, 2) | rollouts("3d", 18, 2), at="40m"
    ),
    silent("SloBurnsSlowly", "one of twenty did", rollouts("1d", 19, 1) | rollouts("3d", 19, 1), at="40m"),
    silent("SloBurnsSlowly", "both of today's rollouts did", rollouts("1d", 0, 2) | rollouts("3d", 10, 2), at="40m"),
    fires("SloBurnsSlowly", "seven of twenty planted drifts are missed", canaries(13, 7), at="50m"),
    silent("SloBurnsSlowly", "five of twenty are", canaries(15, 5), at="50m"),
    fires(
        "SloBudgetSpent",
        "one of two trainings failed",
        training("a", failed=True) | training("b", failed=False),
        at="40m",
    ),
    fires("SloBudgetSpent", "one prediction in ten is slow", predictions(fast=9, slow=1), at="40m"),
    silent("SloBudgetSpent", "both trainings were well", training("a", failed=False), at="40m"),
    silent(
        "SloBudgetSpent",
        "one training failed, and a day has passed",
        training("a", failed=True, began="60x6000") | training("b", failed=False, began="90000x6000"),
        at="27h",
    ),
    fires("AlertsNotDelivered", "Slack's address was revoked", undelivered("slack", "0+1x20")),
    silent("AlertsNotDelivered", "one mail was refused, the next was taken", undelivered("email", "0 0 0 1x20")),
    silent("AlertsNotDelivered", "everything is taken", undelivered("webhook", "0x20")),
    fires("Watchdog", "all is well", METRICS_UP),
)
