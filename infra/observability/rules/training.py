"""Training and tuning Jobs."""

from infra.foundation import addresses
from infra.observability.alert import Alert, Severity
from infra.observability.recording import Recording

_TRAINING = f'namespace="{addresses.TRAINING}"'


def finished(condition: str) -> str:
    """Training Jobs that ended this way and began within six hours: an old failure must not alert for ever."""
    return f"""(
    kube_job_{condition}{{namespace="{addresses.TRAINING}",condition="true"}} == 1
    and on(job_name) kube_job_labels{{label_job_type=~"training|retraining"}}
    and on(job_name) (time() - kube_job_status_start_time < 6 * 3600)
  )"""


ALERTS: tuple[Alert, ...] = (
    Alert(
        "TrainingFailures",
        Severity.P1,
        "More than half of the training jobs of the last six hours failed.",
        f"count{finished('failed')}\n  / count({finished('failed')} or {finished('complete')})\n  > 0.5",
        after="1m",
    ),
    Alert(
        "TuningTooLong",
        Severity.P3,
        "{{ $labels.job_name }} has been searching for more than four hours.",
        f"(time() - max by (job_name) (kube_job_status_start_time{{{_TRAINING}}}) > 4 * 3600)"
        f" and on(job_name) max by (job_name) (kube_job_status_active{{{_TRAINING}}}) > 0"
        f' and on(job_name) kube_job_labels{{{_TRAINING},label_job_type="tuning"}}',
        after="1m",
    ),
)
_ENDED = f"({finished('failed')} or {finished('complete')})"
RECORDINGS: tuple[Recording, ...] = (
    # Of the training Jobs that began within six hours and have ended; nothing while there are none.
    Recording("mlops:training_success:ratio_6h", f"(count{finished('complete')} or vector(0)) / count{_ENDED}"),
)
