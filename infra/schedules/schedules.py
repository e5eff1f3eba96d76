"""Every scheduled job of the platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.foundation import scratch
from infra.foundation.access import KEYS, Access
from infra.foundation.addresses import PLATFORM, PROMETHEUS, TRAINING
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.schedules.scheduled_job import FILES, ScheduledJob, ScheduledJobArgs
from infra.settings.buckets import AwsBucketsSettings
from infra.settings.monitoring import MonitoringSettings
from infra.settings.schedules import ScheduleSettings, SchedulesSettings
from infra.settings.serving import ServingSettings
from infra.settings.storage import BucketsSettings

BACKUP = App("backup", "schedules", PLATFORM)
# Another account than the backup: who writes sets cannot remove one, who removes them cannot write one.
BACKUP_ROTATION = App("backup-rotation", "schedules", PLATFORM)
# It alone has a key that opens sets, and it reaches no database but the one in its own pod.
DRILL = App("drill", "schedules", PLATFORM)
RUNS_PRUNE = App("runs-prune", "schedules", PLATFORM)
DATABASE_CARE = App("database-care", "schedules", PLATFORM)
# The same consumer, seen more often: connections are nobody's at a quiet hour.
DATABASE_FIGURES = App("database-figures", "schedules", PLATFORM, shared_account=DATABASE_CARE.name)
DRIFT_CHECK = App("drift-check", "schedules", TRAINING)
RETRAINING = App("retraining", "schedules", TRAINING, reaches_kubernetes=True)
MONITORING = App("monitoring", "schedules", TRAINING)
# The same consumer as `monitoring`: it reads what that has collected, and what Prometheus knows.
DAILY_REPORT = App("daily-report", "schedules", TRAINING, reaches=(PROMETHEUS,), shared_account=MONITORING.name)
DATA_ARCHIVE = App("data-archive", "schedules", TRAINING)
CONFIG = "monitoring.yaml"
IDENTITY = "backup.key"
SETTINGS = "platform.json"


@dataclass(frozen=True)
class DrillArgs:
    """When it runs, the image of the PostgreSQL in its pod, what opens sets, and how to reach them."""

    schedule: ScheduleSettings
    postgres: pulumi.Input[str]
    identity: pulumi.Input[str]
    access: Access


@dataclass(frozen=True)
class SchedulesArgs:
    """One access for each consumer (`StoreAccesses`), with what else it reaches.

    `configuration`: the stack's settings without secrets, as JSON, which go with each backup.
    """

    platform: pulumi.Input[str]
    training: pulumi.Input[str]
    image: str
    settings: SchedulesSettings
    monitoring: MonitoringSettings
    serving: ServingSettings
    buckets: BucketsSettings | AwsBucketsSettings
    configuration: str
    backup_access: Access
    rotation_access: Access
    pruning_access: Access
    drift_access: Access
    retraining_access: Access
    monitoring_access: Access
    archive_access: Access
    care_access: Access
    drill: DrillArgs | None


def of_a_set(buckets: BucketsSettings | AwsBucketsSettings) -> dict[str, str]:
    """Where whoever takes a set finds what belongs to it, and where sets lie."""
    return {
        "MLOPS_ARTIFACTS_BUCKET": buckets.artifacts,
        "MLOPS_FEATURES_BUCKET": buckets.features,
        "MLOPS_AUDIT_BUCKET": buckets.audit,
        "MLOPS_BACKUPS_BUCKET": buckets.backups,
    }


class Schedules(Component, domain="schedules"):
    """Owns the list of scheduled jobs; `CronJobMissed` watches each of them without being told."""

    def __init__(self, name: str, args: SchedulesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for job in (*_platform(args), *_drill(args), *_model(args)):
            ScheduledJob(job.app.name, job, self.child())
        self.register_outputs({})


def _platform(args: SchedulesArgs) -> list[ScheduledJobArgs]:
    """What keeps the platform itself."""

    def job(
        app: App,
        schedule: ScheduleSettings,
        access: Access,
        *command: str,
        files: Mapping[str, str] | None = None,
        **env: str,
    ) -> ScheduledJobArgs:
        return ScheduledJobArgs(
            app=app,
            namespace=args.platform if app.namespace == PLATFORM else args.training,
            image=args.image,
            command=["mlops", *command],
            schedule=schedule,
            time_zone=args.settings.time_zone,
            access=access,
            env=env,
            files=files or {},
        )

    given, buckets = args.settings, args.buckets
    return [
        job(
            BACKUP, given.backup, args.backup_access, "backup", "run", "--configuration", FILES,
            files={SETTINGS: args.configuration}, **of_a_set(buckets),
        ),
        job(
            BACKUP_ROTATION, given.backup_rotation, args.rotation_access, "backup", "rotate", "--apply",
            MLOPS_BACKUPS_BUCKET=buckets.backups,
        ),
        job(
            RUNS_PRUNE, given.runs_prune, args.pruning_access,
            "runs", "prune", "--older-than", "90d", "--gc", "30d", "--apply",
            MLOPS_AUDIT=f"s3://{buckets.audit}",
        ),
        job(
            DATA_ARCHIVE, given.data_archive, args.archive_access,
            "data", "archive", "--older-than", "60d", "--apply",
            MLOPS_FEATURES_BUCKET=buckets.features,
        ),
        job(DATABASE_CARE, given.database_care, args.care_access, "db", "vacuum"),
        job(DATABASE_FIGURES, given.database_figures, args.care_access, "db", "measure"),
    ]  # fmt: skip


def _drill(args: SchedulesArgs) -> list[ScheduledJobArgs]:
    """Brings the newest set back in its own pod, every day."""
    if args.drill is None:
        return []
    return [
        ScheduledJobArgs(
            app=DRILL,
            namespace=args.platform,
            image=args.image,
            command=["mlops", "dr", "drill"],
            schedule=args.drill.schedule,
            time_zone=args.settings.time_zone,
            access=args.drill.access,
            env={
                "MLOPS_BACKUPS_BUCKET": args.buckets.backups,
                "MLOPS_BACKUP_IDENTITY": f"{KEYS}/{IDENTITY}",
                **scratch.ENV,
            },
            keys={IDENTITY: args.drill.identity},
            beside=[scratch.server(args.drill.postgres, args.drill.schedule.scratch)],
        )
    ]


def _model(args: SchedulesArgs) -> list[ScheduledJobArgs]:
    """What watches the model served; all of it is judged by one file."""
    env = {
        "MLOPS_MODEL_NAME": args.serving.model_name,
        "MLOPS_MODEL_ALIAS": args.serving.model_alias,
        "MLOPS_FEATURES_BUCKET": args.buckets.features,
        "MLOPS_INFERENCE_LOGS_BUCKET": args.buckets.inference_logs,
        "MLOPS_MONITORING_CONFIG": f"{FILES}/{CONFIG}",
        "MLOPS_AUDIT": f"s3://{args.buckets.audit}",
        "MLOPS_PROMETHEUS": PROMETHEUS.url,
    }
    text = args.monitoring.text()

    def job(app: App, schedule: ScheduleSettings, access: Access, command: Sequence[str]) -> ScheduledJobArgs:
        return ScheduledJobArgs(
            app=app,
            namespace=args.training,
            image=args.image,
            command=["mlops", *command],
            schedule=schedule,
            time_zone=args.settings.time_zone,
            access=access,
            env=env,
            files={CONFIG: text},
        )

    given = args.settings
    return [
        job(DRIFT_CHECK, given.drift_check, args.drift_access, ["drift", "check", "--config", f"{FILES}/{CONFIG}"]),
        job(RETRAINING, given.retraining, args.retraining_access, ["retrain", "check", f"{FILES}/{CONFIG}"]),
        job(MONITORING, given.monitoring, args.monitoring_access, ["monitor", "run"]),
        job(DAILY_REPORT, given.daily_report, args.monitoring_access, ["report", "daily"]),
    ]
