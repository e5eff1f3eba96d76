"""Backups: how old, how large, and whether they can be read."""

from infra.observability.dashboards.panels import Limits, Section, Sheet, curves, number, since
from infra.observability.pushed import REMEMBERED_OF_OUTSIDE, kept, newest

_HOUR = 3600
_DAY = 24 * _HOUR

SHEET = Sheet(
    "backup",
    "MLOps: backup and recovery",
    "The newest set, PostgreSQL's log, when a set was last read whole and brought back, and what the rotation keeps.",
    (
        Section(
            "Now",
            (
                number(
                    "Age of the newest set",
                    since(newest("mlops_backup_set_timestamp_seconds")),
                    "s",
                    "One each hour on one machine, each night on AWS. Runbook: docs/runbooks/back-up.md",
                    Limits(1.1 * _DAY, 2 * _DAY),
                ),
                number(
                    "Since one was read whole",
                    since(newest("mlops_backup_verified_timestamp_seconds")),
                    "s",
                    "The rotation reads the newest before it removes anything.",
                    Limits(1.1 * _DAY, 2 * _DAY),
                ),
                number(
                    "Age of the newest copied set",
                    since(newest("mlops_backup_copied_set_timestamp_seconds", REMEMBERED_OF_OUTSIDE)),
                    "s",
                    "Out of the store, by whoever's clock copies. Runbook: docs/runbooks/backup-copy-too-old.md",
                    Limits(1.1 * _DAY, 2 * _DAY),
                ),
                number(
                    "Versions without files",
                    "max(mlops_backup_versions_without_files)",
                    "none",
                    "Registered, and nothing in the buckets to serve.",
                    Limits(1, 1),
                ),
                number(
                    "Clocks apart",
                    "abs(max(mlops_backup_clock_skew_seconds))",
                    "s",
                    "Of the program and the database; beyond 300 s the backup fails.",
                    Limits(60, 300),
                ),
                number(
                    "Sets kept",
                    "max(mlops_backup_kept_sets)",
                    "none",
                    "At most 7 + 4 + 12.",
                    Limits(1, 1, falling=True),
                ),
                number("How long it took", "max(mlops_backup_duration_seconds)", "s"),
            ),
        ),
        Section(
            "Back to any time",
            (
                number(
                    "Since the log was kept",
                    since("max(mlops_wal_kept_timestamp_seconds)"),
                    "s",
                    "A piece each minute, where the server is ours. Runbook: docs/runbooks/wal-archive-late.md",
                    Limits(120, 240),
                ),
                number(
                    "Age of the newest base",
                    since(newest("mlops_wal_base_timestamp_seconds")),
                    "s",
                    "One each day. Runbook: docs/runbooks/wal-base-too-old.md",
                    Limits(1.1 * _DAY, 50 * _HOUR),
                ),
                number(
                    "Since a set was brought back",
                    since(newest("mlops_drill_timestamp_seconds")),
                    "s",
                    "By the drill of each night. Runbook: docs/runbooks/backup-not-drilled.md",
                    Limits(1.1 * _DAY, 50 * _HOUR),
                ),
                number(
                    "Last drill",
                    f"max{kept('mlops_drill_good')}",
                    "none",
                    "0: the newest set could not be brought back. Runbook: docs/runbooks/backup-drill-failed.md",
                    Limits(1, 1, falling=True),
                ),
            ),
        ),
        Section(
            "Over time",
            (
                curves(
                    "Bytes",
                    "bytes",
                    ("max(mlops_backup_set_bytes)", "that the newest set needs"),
                    ("max(mlops_backup_written_bytes)", "that it added"),
                    ("max(mlops_backup_verified_bytes)", "read by the rotation"),
                    ("max(mlops_backup_removed_bytes)", "removed by the rotation"),
                ),
                curves(
                    "What is in it",
                    "none",
                    ("max(mlops_backup_objects)", "objects"),
                    ("max(mlops_backup_rows)", "rows"),
                ),
                curves("Seconds", "s", ("max(mlops_backup_duration_seconds)", "taking the set")),
                curves(
                    "Since the last success",
                    "s",
                    (
                        f"max by (cronjob) ({since('kube_cronjob_status_last_successful_time')})",
                        "{{cronjob}}",
                    ),
                    about="Of everything that runs by the clock. Runbook: docs/runbooks/cron-job-missed.md",
                ),
            ),
        ),
    ),
    hours=24 * 7,
)
