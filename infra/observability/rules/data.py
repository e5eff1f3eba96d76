"""What the model is asked about, how well it did, and what followed."""

from infra.observability.alert import Alert, Severity
from infra.observability.pushed import kept

_DETECTED, _CHECKED = (kept(f"mlops_drift_{name}", "model") for name in ("detected", "check_timestamp_seconds"))
_BAD, _ACCURACY, _LIMIT, _OUTCOMES = (
    kept(f"mlops_performance_{name}", "model")
    for name in ("bad", "accuracy_ratio", "accuracy_limit_ratio", "labelled_predictions")
)
_ENDED, _FAILED = "mlops_retraining_last_outcome_timestamp_seconds", '{result="failed"}'

ALERTS: tuple[Alert, ...] = (
    Alert(
        "DataDrifted",
        Severity.P2,
        "The data of {{ $labels.model }} has drifted: {{ $labels.part }}.",
        # Until a check finds none; a check that has not run for two days says nothing about today.
        f"max by (model, part) {_DETECTED} == 1 and on(model) (time() - max by (model) {_CHECKED} < 2 * 86400)",
        after="5m",
    ),
    Alert(
        "ModelPerformanceLow",
        Severity.P2,
        "The outcomes of {{ $labels.model }} are beyond a limit of its monitoring config.",
        f"max by (model) {_BAD} == 1",
        after="5m",
    ),
    Alert(
        "AccuracyLow",
        Severity.P2,
        "Version {{ $labels.version }} of {{ $labels.model }} is right in {{ $value | humanizePercentage }} only.",
        # Of a version that is served now, and of so many outcomes that chance alone moves the share by 3 % at the most.
        f"max by (model, version) {_ACCURACY}"
        # 80 %, unless the monitoring config has another limit.
        f" < on(model) group_left max by (model) {_LIMIT}"
        f" and on(model, version) max by (model, version) {_OUTCOMES} >= 200"
        " and on(model, version) mlops_model_info",
        after="5m",
    ),
    Alert(
        "RetrainingFailed",
        Severity.P2,
        "The newest retraining of {{ $labels.model }} failed: nothing was decided on its drift.",
        f"max by (model) {kept(_ENDED + _FAILED)} == max by (model) {kept(_ENDED)}",
        after="5m",
    ),
)
