"""Whether what is lost could be brought back."""

from infra.foundation.addresses import PLATFORM, PUSHGATEWAY
from infra.observability.alert import Alert, Severity
from infra.observability.pushed import REMEMBERED_OF_OUTSIDE, kept, newest

# A day, and two hours for the run; CronJobs take a set each night and read the newest one whole.
_DAILY = "26 * 3600"
_GATEWAY = f'process_start_time_seconds{{job="{PUSHGATEWAY.service}"}}'
_ARCHIVER = f'kube_deployment_created{{namespace="{PLATFORM}",deployment="wal-archive"}}'

ALERTS: tuple[Alert, ...] = (
    Alert(
        "BackupTooOld",
        Severity.P1,
        "The newest backup is {{ $value | humanizeDuration }} old: what was written since would be lost.",
        # Not the job's success but the set's own time, which is the database's: a job may succeed with an old one.
        f"time() - {newest('mlops_backup_set_timestamp_seconds')} > {_DAILY}",
        after="5m",
    ),
    Alert(
        "BackupNotVerified",
        Severity.P2,
        "No backup has been read whole and found sound for {{ $value | humanizeDuration }}.",
        f"time() - {newest('mlops_backup_verified_timestamp_seconds')} > {_DAILY}",
        after="5m",
    ),
)
# Where sets lie in the same store as what they protect, and somebody once copied one out of it.
COPY_ALERTS: tuple[Alert, ...] = (
    Alert(
        "BackupCopyTooOld",
        Severity.P2,
        "The newest backup that is kept elsewhere is {{ $value | humanizeDuration }} old:"
        " what takes the store takes what was written since.",
        f"time() - {newest('mlops_backup_copied_set_timestamp_seconds', REMEMBERED_OF_OUTSIDE)} > {_DAILY}",
        # Of a machine that was off: the first set and, an hour later at the most, its copy.
        after="70m",
    ),
)
# Where an archiver of ours keeps PostgreSQL's log: five minutes are what may be lost.
WAL_ALERTS: tuple[Alert, ...] = (
    Alert(
        "WalArchiveLate",
        Severity.P1,
        "PostgreSQL's log is in the bucket of backups up to {{ $value | humanizeDuration }} ago:"
        " what was written since would be lost with the database.",
        # The gateway forgets over a restart, and the archiver may not come back; a new platform needs some minutes.
        "time() - max(mlops_wal_kept_timestamp_seconds) > 240"
        f" or (time() - max({_GATEWAY}) > 900 unless max(mlops_wal_kept_timestamp_seconds))",
        after="1m",
    ),
    Alert(
        "WalBaseTooOld",
        Severity.P2,
        "The newest base of PostgreSQL's log is {{ $value | humanizeDuration }} old: one is taken each day.",
        # Until a base is there again, that of three days at the most; before the first, since there is an archiver.
        f"time() - ({newest('mlops_wal_base_timestamp_seconds')} or max({_ARCHIVER})) > 50 * 3600",
        after="5m",
    ),
)
# Where sets are brought back by the clock.
DRILL_ALERTS: tuple[Alert, ...] = (
    Alert(
        "BackupDrillFailed",
        Severity.P1,
        "The newest backup could not be brought back when the drill tried: a loss now could not be undone with it.",
        f"max{kept('mlops_drill_good')} == 0",
        after="5m",
    ),
    Alert(
        "BackupNotDrilled",
        Severity.P2,
        "No backup has been brought back by a drill for {{ $value | humanizeDuration }}.",
        # The drill is daily: one may fail and be mended within a day.
        f"time() - {newest('mlops_drill_timestamp_seconds')} > 50 * 3600",
        after="5m",
    ),
)
