"""How much of what was promised is kept, how fast the rest is used up, and who is told."""

from infra.foundation.addresses import TRAINING
from infra.observability.alert import Alert, Severity
from infra.observability.recording import Recording
from infra.observability.slo import DRIFT_MISSED, ENOUGH, SECONDS, SLOS, TRACKING_FAILING, TUNING_HOURS, WINDOW

_BUDGET = "(1 - mlops:slo_objective:ratio)"
# Of rare events there are enough in days only.
_LONG = ("1d", "3d", WINDOW)


def _ended(kind: str, types: str, result: str, *conditions: str) -> str:
    """When each Job of these types began, if all conditions hold."""
    namespace = f'namespace="{TRAINING}"'
    asked = (
        f"max by (job_name) (kube_job_status_start_time{{{namespace}}})",
        f'kube_job_labels{{{namespace},label_job_type=~"{types}"}}',
        *(condition.replace("NAMESPACE", namespace) for condition in conditions),
    )
    with_kind = f'label_replace({" and on(job_name) ".join(asked)}, "kind", "{kind}", "", "")'
    return f'label_replace({with_kind}, "result", "{result}", "", "")'


_FAILED = 'kube_job_failed{NAMESPACE,condition="true"} == 1'
_COMPLETE = 'kube_job_complete{NAMESPACE,condition="true"} == 1'
_RUNNING = "max by (job_name) (kube_job_status_active{NAMESPACE}) > 0"
_BEGAN = "max by (job_name) (kube_job_status_start_time{NAMESPACE})"
_TOOK = f"max by (job_name) (kube_job_status_completion_time{{NAMESPACE}}) - {_BEGAN}"
_LIMIT = TUNING_HOURS * 3600
_JOBS = " or ".join(
    (
        _ended("training", "training|retraining", "failed", _FAILED),
        _ended("training", "training|retraining", "complete", _COMPLETE),
        _ended("tuning", "tuning", "failed", _FAILED),
        _ended("tuning", "tuning", "slow", f"({_TOOK} > {_LIMIT})"),
        _ended("tuning", "tuning", "slow", _RUNNING, f"(time() - {_BEGAN} > {_LIMIT})"),
        _ended("tuning", "tuning", "complete", f"({_TOOK} <= {_LIMIT})"),
    )
)

RECORDINGS: tuple[Recording, ...] = (
    Recording("mlops:tracking_failing:ratio", TRACKING_FAILING),
    Recording("mlops:drift_missed:ratio", DRIFT_MISSED),
    Recording("mlops:job_ended:start_seconds", _JOBS),
    *(
        Recording("mlops:slo_objective:ratio", f"vector({slo.objective})", {"slo": slo.name, "promise": slo.promise})
        for slo in SLOS
    ),
    *(
        Recording(f"mlops:slo_errors:ratio_{window}", slo.errors(window), {"slo": slo.name}, slowly=window in _LONG)
        for slo in SLOS
        for window in (_LONG if slo.rare else SECONDS)
    ),
    *(
        Recording(f"mlops:slo_events:count_{window}", slo.events(window), {"slo": slo.name}, slowly=window in _LONG)
        for slo in SLOS
        for window in (("3d",) if slo.rare else ("1h", "1d"))
    ),
    # Below 0 when more was used than there is.
    Recording("mlops:slo_error_budget_left:ratio", f"1 - mlops:slo_errors:ratio_{WINDOW} / on(slo) {_BUDGET}"),
)


def _burns(factor: float, long: str, short: str) -> str:
    """So many times faster than would last for 30 days, over the long window and still over the short one."""
    above = f"> on(slo) {factor:g} * {_BUDGET}"
    return f"(mlops:slo_errors:ratio_{long} {above} and on(slo) mlops:slo_errors:ratio_{short} {above})"


ALERTS: tuple[Alert, ...] = (
    # Factors and windows of Google's SRE workbook, chapter 5: 2 % of the budget in an hour, 5 % in six.
    Alert(
        "SloBurnsFast",
        Severity.P2,
        "The budget of {{ $labels.slo }} would be gone within five days: {{ $value | humanizePercentage }} are bad.",
        f"({_burns(14.4, '1h', '5m')} or {_burns(6, '6h', '30m')}) and on(slo) mlops:slo_events:count_1h >= {ENOUGH}",
        after="2m",
    ),
    # 10 % in a day or in three; of rare ones 30 % in three days.
    Alert(
        "SloBurnsSlowly",
        Severity.P3,
        "The budget of {{ $labels.slo }} will not last for 30 days: {{ $value | humanizePercentage }} are bad.",
        f"({_burns(3, '1d', '2h')} or {_burns(1, '3d', '6h')}) and on(slo) mlops:slo_events:count_1d >= 100"
        f" or {_burns(3, '3d', '1d')} and on(slo) mlops:slo_events:count_3d >= {ENOUGH}",
        after="15m",
    ),
    # It goes when a day was good: the past cannot be mended.
    Alert(
        "SloBudgetSpent",
        Severity.P3,
        "{{ $labels.slo }} is not kept: {{ $value | humanizePercentage }} were bad in 30 days, and too many today.",
        f"mlops:slo_errors:ratio_{WINDOW} > on(slo) {_BUDGET}"
        f" and on(slo) mlops:slo_errors:ratio_1d > on(slo) {_BUDGET}",
        after="15m",
    ),
)
