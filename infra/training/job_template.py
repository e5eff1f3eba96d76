"""The mould of one kind of Job as a component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, workload
from infra.foundation.access import Access, key_files
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import account, metadata
from infra.settings.base import ResourceSettings

CONTAINER = "job"
POOL = "training"


@dataclass(frozen=True)
class JobTemplateArgs:
    """What every Job of this kind gets. `keys`: secret files below `KEYS`; `beside` are servers of its pod alone.

    `pool`: nodes it prefers, where a cluster has such; `scratch`: what it may write to /tmp.
    """

    app: App
    namespace: pulumi.Input[str]
    image: str
    resources: ResourceSettings
    access: Access
    env: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    beside: Sequence[workload.Container] = ()
    pool: str | None = POOL
    scratch: str = "256Mi"


class JobTemplate(Component, domain="training"):
    """Owns service account, network policy, Secret and `PodTemplate` of one kind of Job. Does not own the Jobs."""

    def __init__(self, name: str, args: JobTemplateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        app = args.app.reaching(args.access.reaches)
        named = metadata(app, args.namespace, app.name)
        networking.NetworkPolicy(f"{name}-network", metadata=named, spec=network.policy(app), opts=self.child())
        access = args.access.secret(f"{name}-access", app, args.namespace, self.child())
        mounts = args.access.mounts(access)
        mounts += key_files(name, app, args.namespace, args.keys, self.child())
        container = workload.Container(
            name=CONTAINER,
            image=args.image,
            resources=args.resources,
            # Replaced by whoever makes a Job; a Job made without a command says what is possible.
            command=["mlops", "--help"],
            env={**args.access.env(access), **args.env},
            mounts=mounts,
            tmp_size=args.scratch,
        )
        core.PodTemplate(
            f"{name}-template",
            metadata=named,
            template=workload.job(
                app,
                container,
                service_account=account(app, args.namespace, self.child()),
                pool=args.pool,
                beside=args.beside,
            ),
            opts=self.child(),
        )
        self.register_outputs({})
