"""Going back to a time between two sets, as a component."""

from dataclasses import dataclass

import pulumi

from infra.foundation import scratch
from infra.foundation.access import KEYS, Access
from infra.foundation.addresses import PLATFORM
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.schedules.schedules import IDENTITY, of_a_set
from infra.settings.buckets import AwsBucketsSettings
from infra.settings.database import RecoverySettings
from infra.settings.storage import BucketsSettings
from infra.training.job_template import JobTemplate, JobTemplateArgs

APP = App("recovery", "schedules", PLATFORM)


@dataclass(frozen=True)
class RecoveryArgs:
    """`access` reads every bucket and writes sets; `identity` opens what was sealed; `postgres` is an image."""

    namespace: pulumi.Input[str]
    image: str
    postgres: str
    settings: RecoverySettings
    access: Access
    identity: pulumi.Input[str]
    buckets: BucketsSettings | AwsBucketsSettings


class Recovery(Component, domain="schedules"):
    """Owns the mould of the Job that makes a set of any time. Does not own the Jobs: `mlops restore --at` does."""

    def __init__(self, name: str, args: RecoveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        settings = args.settings
        JobTemplate(
            APP.name,
            JobTemplateArgs(
                APP,
                args.namespace,
                args.image,
                settings.resources,
                args.access,
                env={
                    **of_a_set(args.buckets),
                    "MLOPS_BACKUP_IDENTITY": f"{KEYS}/{IDENTITY}",
                    "MLOPS_RECOVERY_FOLDER": scratch.FOLDER,
                    **scratch.ENV,
                },
                keys={IDENTITY: args.identity},
                beside=[scratch.recovering(args.postgres, settings.scratch)],
                pool=None,
                scratch=settings.scratch,
            ),
            self.child(),
        )
        self.register_outputs({})
