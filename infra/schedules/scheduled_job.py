"""One job by the clock as a component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, volumes, workload
from infra.foundation.access import Access, key_files
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import account, config_map, metadata
from infra.foundation.quantities import in_bytes
from infra.settings.schedules import ScheduleSettings

FILES = "/etc/mlops/config"


@dataclass(frozen=True)
class ScheduledJobArgs:
    """What runs, when, where, with what access. `files`: name → text, below `FILES`; `keys`: secret ones, below `KEYS`.

    `beside` are servers of its pod alone.
    """

    app: App
    namespace: pulumi.Input[str]
    image: str
    command: Sequence[str]
    schedule: ScheduleSettings
    time_zone: str
    access: Access
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    beside: Sequence[workload.Container] = ()


class ScheduledJob(Component, domain="schedules"):
    """Owns a CronJob, its Secret and its network policy. Does not own what the job does: that is in `jobs`."""

    def __init__(self, name: str, args: ScheduledJobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        app, schedule = args.app.reaching(args.access.reaches), args.schedule
        named = metadata(app, args.namespace, app.name)
        networking.NetworkPolicy(f"{name}-network", metadata=named, spec=network.policy(app), opts=self.child())
        access = args.access.secret(f"{name}-access", app, args.namespace, self.child())
        mounts = args.access.mounts(access)
        if args.files:
            files = config_map(f"{name}-files", app, args.namespace, args.files, self.child())
            mounts.append(volumes.config("files", files, FILES))
        mounts += key_files(name, app, args.namespace, args.keys, self.child())
        container = workload.Container(
            name="job",
            image=args.image,
            resources=schedule.resources,
            command=args.command,
            # The kubelet ends a pod that writes more; a file system's own answer is the node's, not the pod's.
            env={**args.access.env(access), **args.env, "MLOPS_SCRATCH_BYTES": str(in_bytes(schedule.scratch))},
            tmp_size=schedule.scratch,
            mounts=mounts,
        )
        batch.CronJob(
            f"{name}-cron",
            metadata=named,
            spec=batch.CronJobSpecArgs(
                schedule=schedule.cron,
                time_zone=args.time_zone,
                concurrency_policy="Forbid",
                # A machine that was off at the hour catches up within one; later the next run is near enough.
                starting_deadline_seconds=3600,
                successful_jobs_history_limit=3,
                failed_jobs_history_limit=3,
                job_template=batch.JobTemplateSpecArgs(
                    metadata=meta.ObjectMetaArgs(labels=app.labels),
                    spec=batch.JobSpecArgs(
                        backoff_limit=2,
                        active_deadline_seconds=schedule.deadline_minutes * 60,
                        template=workload.job(
                            app,
                            container,
                            service_account=self._account(app, args.namespace),
                            beside=args.beside,
                        ),
                    ),
                ),
            ),
            opts=self.child(),
        )
        self.register_outputs({})

    def _account(self, app: App, namespace: pulumi.Input[str]) -> pulumi.Input[str]:
        """A shared one comes with the job whose name it has."""
        return app.account if app.shared_account else account(app, namespace, self.child())
