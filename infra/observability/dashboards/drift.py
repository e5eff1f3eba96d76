"""Data against its reference, predictions against outcomes."""

from infra.observability.dashboards.panels import Limits, Section, Sheet, curves, number, rows, since
from infra.observability.pushed import kept

_CHECKED = "mlops_drift_check_timestamp_seconds"
_OF = '{model=~"$model"}'

SHEET = Sheet(
    "drift",
    "MLOps: drift and performance",
    "Whether the data is still what the model was trained on, and whether its predictions come true.",
    (
        Section(
            "Now",
            (
                number(
                    "Drifted",
                    f"max by (part) {kept('mlops_drift_detected' + _OF, 'model')}",
                    "none",
                    "1: the part has drifted. Runbook: docs/runbooks/data-drifted.md",
                    Limits(1, 1),
                    legend="{{part}}",
                    wide=8,
                ),
                number("Features that moved", f"max(mlops_drift_moved_features{_OF})", "none", limits=Limits(1, 1)),
                number(
                    "Since the last check",
                    f"min({since(kept(_CHECKED + _OF, 'model'))})",
                    "s",
                    "It runs daily.",
                    Limits(93600, 172800),
                ),
                number(
                    "Performance is bad",
                    f"max{kept('mlops_performance_bad' + _OF, 'model')}",
                    "none",
                    "1: beyond a limit of the monitoring config. Runbook: docs/runbooks/model-performance-low.md",
                    Limits(1, 1),
                ),
                number(
                    "Window could not decide",
                    f"max(mlops_drift_inconclusive{_OF})",
                    "none",
                    "1: too few rows.",
                    Limits(1, 2),
                ),
            ),
        ),
        Section(
            "Data",
            (
                curves(
                    "Population stability index",
                    "none",
                    (f"max by (feature) (mlops_drift_feature_psi{_OF})", "{{feature}}"),
                    about="For people. The verdict is that of the calibrated tests: docs/drift.md",
                ),
                curves(
                    "Rows without the feature",
                    "percentunit",
                    (f"max by (feature) (mlops_drift_feature_missing_ratio{_OF})", "{{feature}}"),
                ),
                curves("Rows that were checked", "none", (f"max(mlops_drift_window_rows{_OF})", "rows")),
                rows(
                    "The ten features that moved most",
                    f"topk(10, max by (feature) (mlops_drift_feature_psi{_OF}))",
                    "none",
                ),
            ),
        ),
        Section(
            "Predictions against outcomes",
            (
                curves(
                    "Area under the ROC curve",
                    "none",
                    (f"max by (version) (mlops_performance_roc_auc_ratio{_OF})", "version {{version}}"),
                ),
                curves(
                    "Accuracy",
                    "percentunit",
                    (f"max by (version) (mlops_performance_accuracy_ratio{_OF})", "version {{version}}"),
                ),
                curves(
                    "Calibration",
                    "none",
                    (f"max by (version) (mlops_performance_brier_score{_OF})", "Brier, version {{version}}"),
                    (
                        f"max by (version) (mlops_performance_calibration_error_ratio{_OF})",
                        "error, version {{version}}",
                    ),
                    about="Low is good.",
                ),
                curves(
                    "Predictions and their outcomes",
                    "none",
                    (f"max(mlops_performance_predictions{_OF})", "predictions of the window"),
                    (f"sum(mlops_performance_labelled_predictions{_OF})", "with an outcome"),
                    (f"max(mlops_performance_unmatched_actuals{_OF})", "outcomes of no prediction"),
                    (f"max(mlops_performance_late_actuals{_OF})", "outcomes that came too late"),
                ),
            ),
        ),
    ),
    hours=24 * 7,
    by=_CHECKED,
)
