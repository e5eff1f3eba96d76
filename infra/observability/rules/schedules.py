"""Jobs by the clock: a dead man's switch for each of them."""

from infra.observability.alert import Alert, Severity

ALERTS: tuple[Alert, ...] = (
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
)
