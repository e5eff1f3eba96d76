"""Jobs by the clock: a dead man's switch for each of them, also for those that are added later."""

from infra.foundation.addresses import TRAINING
from infra.observability.alert import Alert, Severity
from infra.observability.recording import Recording

_EACH = "by (namespace, cronjob)"
_CREATED = f"max {_EACH} (kube_cronjob_created)"


def _told(alerts: str) -> str:
    """An outage that was told is why; 20 minutes after it, what runs every 15 minutes has run again."""
    return f'max_over_time(ALERTS{{alertname=~"{alerts}",alertstate="firing"}}[20m])'


RECORDINGS: tuple[Recording, ...] = (
    # From one start to the next as the schedule has it now; before the first start, since the CronJob was made.
    Recording(
        "mlops:cronjob_gap:seconds",
        f"max {_EACH} (kube_cronjob_next_schedule_time)"
        f" - (max {_EACH} (kube_cronjob_status_last_schedule_time) or {_CREATED})",
    ),
    # Every schedule repeats daily (infra/settings/clock.py), so two days hold its longest gap, also that of a night.
    # 8 % and half an hour are for the run: 26 h for a daily job, 95 min for an hourly one, 41 min for one of 10 min.
    # A suspended one has no next start and counts as daily, so that it is not forgotten.
    Recording(
        "mlops:cronjob_patience:seconds",
        f"1.08 * (max_over_time(mlops:cronjob_gap:seconds[2d]) or {_CREATED} * 0 + 86400) + 1800",
    ),
)
ALERTS: tuple[Alert, ...] = (
    Alert(
        "CronJobMissed",
        Severity.P1,
        "{{ $labels.cronjob }} has not succeeded for {{ $value | humanizeDuration }}: its schedule wants it sooner.",
        f"(time() - (max {_EACH} (kube_cronjob_status_last_successful_time) or {_CREATED}))"
        " > mlops:cronjob_patience:seconds"
        f" unless on() {_told('DatabaseDown|StoreDown')}"
        # Backups need no MLflow.
        f' unless on(namespace) label_replace({_told("TrackingUnreachable")}, "namespace", "{TRAINING}", "", "")',
        after="5m",
    ),
)
