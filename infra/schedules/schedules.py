"""Every scheduled job of the platform."""

from dataclasses import dataclass

import pulumi

from infra.foundation.access import Access
from infra.foundation.addresses import PLATFORM, TRAINING
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.schedules.scheduled_job import ScheduledJob, ScheduledJobArgs
from infra.settings.buckets import AwsBucketsSettings
from infra.settings.schedules import SchedulesSettings
from infra.settings.storage import BucketsSettings

DATABASE_BACKUP = App("database-backup", "schedules", PLATFORM)
DRIFT_CHECK = App("drift-check", "schedules", TRAINING)


@dataclass(frozen=True)
class SchedulesArgs:
    """`backup_access` reaches database and store; `drift_access` reaches MLflow and store, for the model served."""

    platform: pulumi.Input[str]
    training: pulumi.Input[str]
    image: str
    settings: SchedulesSettings
    backup_access: Access
    drift_access: Access
    buckets: BucketsSettings | AwsBucketsSettings
    model_name: str
    model_alias: str


class Schedules(Component, domain="schedules"):
    """Owns the list of scheduled jobs; `CronJobMissed` watches each of them without being told."""

    def __init__(self, name: str, args: SchedulesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for job in jobs(args):
            ScheduledJob(job.app.name, job, self.child())
        self.register_outputs({})


def jobs(args: SchedulesArgs) -> list[ScheduledJobArgs]:
    """What runs by the clock."""
    return [
        ScheduledJobArgs(
            app=DATABASE_BACKUP,
            namespace=args.platform,
            image=args.image,
            command=["mlops", "backup", "database"],
            schedule=args.settings.database_backup,
            time_zone=args.settings.time_zone,
            access=args.backup_access,
            env={"MLOPS_BACKUP_BUCKET": args.buckets.backups},
        ),
        ScheduledJobArgs(
            app=DRIFT_CHECK,
            namespace=args.training,
            image=args.image,
            command=["mlops", "drift", "check"],
            schedule=args.settings.drift_check,
            time_zone=args.settings.time_zone,
            access=args.drift_access,
            env={
                "MLOPS_MODEL_NAME": args.model_name,
                "MLOPS_MODEL_ALIAS": args.model_alias,
                "MLOPS_FEATURES_BUCKET": args.buckets.features,
            },
        ),
    ]
