"""What the model is asked about, how well it did, and what followed."""

from infra.observability.alert import Alert, Severity

ALERTS: tuple[Alert, ...] = (
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
        "AccuracyLow",
        Severity.P2,
        "Version {{ $labels.version }} of {{ $labels.model }} is right in {{ $value | humanizePercentage }} only.",
        # Of a version that is served now, and of so many outcomes that chance alone moves the share by 3 % at the most.
        "max by (model, version) (mlops_performance_accuracy_ratio)"
        # 80 %, unless the monitoring config has another limit.
        " < on(model) group_left max by (model) (mlops_performance_accuracy_limit_ratio)"
        " and on(model, version) max by (model, version) (mlops_performance_labelled_predictions) >= 200"
        " and on(model, version) mlops_model_info",
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
)
