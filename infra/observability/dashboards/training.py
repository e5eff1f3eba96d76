"""Training, tuning and retraining."""

from infra.foundation.addresses import TRAINING
from infra.observability.dashboards.panels import Limits, Section, Sheet, curves, number, rows, since

_KIND = 'kube_job_labels{label_job_type!=""}'


def _jobs(metric: str) -> str:
    """How many Jobs of each kind; what they are is a label of theirs."""
    series = f'{metric}{{namespace="{TRAINING}"}}'
    return f"sum by (label_job_type) ({series} * on (namespace, job_name) group_left (label_job_type) {_KIND})"


SHEET = Sheet(
    "training",
    "MLOps: training and tuning",
    "Jobs by kind, the studies, what retraining decided, and how old the data is.",
    (
        Section(
            "Now",
            (
                number(
                    "Training Jobs that succeed",
                    "mlops:training_success:ratio_6h",
                    "percentunit",
                    "Of six hours; none when none ran. Runbook: docs/runbooks/training-failures.md",
                    Limits(0.9, 0.5, falling=True),
                    wide=6,
                ),
                number("Running", f'sum(kube_job_status_active{{namespace="{TRAINING}"}})', "none", "Jobs.", wide=6),
                number(
                    "Requests for a retraining",
                    "sum by (model) (mlops_retraining_open_requests)",
                    "none",
                    "That no start has answered. Runbook: docs/runbooks/retrain.md",
                    legend="{{model}}",
                    wide=6,
                ),
                number(
                    "Age of the newest snapshot",
                    f"min by (dataset) ({since('mlops_data_snapshot_timestamp_seconds')})",
                    "s",
                    "Runbook: docs/runbooks/look-after-data.md",
                    legend="{{dataset}}",
                    wide=6,
                ),
            ),
        ),
        Section(
            "Jobs",
            (
                curves("Running by kind", "none", (_jobs("kube_job_status_active"), "{{label_job_type}}")),
                curves(
                    "Failed by kind",
                    "none",
                    (_jobs("kube_job_failed"), "{{label_job_type}}"),
                    about="Jobs that the cluster still has. Runbook: docs/runbooks/training-jobs.md",
                ),
                rows(
                    "Seconds that finished Jobs took",
                    f'kube_job_status_completion_time{{namespace="{TRAINING}"}} - kube_job_status_start_time',
                    "s",
                    wide=24,
                ),
            ),
        ),
        Section(
            "Tuning",
            (
                curves(
                    "Trials",
                    "none",
                    ("sum by (study, outcome) (mlops_tuning_trials)", "{{study}} {{outcome}}"),
                    about="As the last run of a study left it. Runbook: docs/runbooks/tune.md",
                ),
                curves("Best value", "none", ("mlops_tuning_best_value", "{{study}} {{metric}}")),
                rows("Seconds of the last run", "sum by (study) (mlops_tuning_run_seconds)", "s"),
                rows(
                    "Trials that are missing",
                    "sum by (study) (mlops_tuning_missing_trials)",
                    "none",
                    "The run was to add them and did not.",
                ),
            ),
        ),
        Section(
            "Retraining",
            (
                curves(
                    "Outcomes",
                    "none",
                    ("sum by (model, result) (mlops_retraining_outcomes)", "{{model}} {{result}}"),
                    about="Runbook: docs/runbooks/retraining-failed.md",
                ),
                rows(
                    "Seconds since the last outcome",
                    since("max by (model, result) (mlops_retraining_last_outcome_timestamp_seconds)"),
                    "s",
                ),
                rows("Rows of the newest snapshot", "sum by (dataset) (mlops_data_snapshot_rows)", "none", wide=24),
            ),
        ),
    ),
    hours=24,
)
