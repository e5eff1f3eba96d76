"""The mould of one kind of Job as a component."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, workload
from infra.foundation.access import Access
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import account, metadata
from infra.settings.base import ResourceSettings

CONTAINER = "job"
POOL = "training"


@dataclass(frozen=True)
class JobTemplateArgs:
    """What every Job of this kind gets."""

    app: App
    namespace: pulumi.Input[str]
    image: str
    resources: ResourceSettings
    access: Access
    env: Mapping[str, str] = field(default_factory=dict)


class JobTemplate(Component, domain="training"):
    """Owns service account, network policy, Secret and `PodTemplate` of one kind of Job. Does not own the Jobs."""

    def __init__(self, name: str, args: JobTemplateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        app = args.app.reaching(args.access.reaches)
        named = metadata(app, args.namespace, app.name)
        networking.NetworkPolicy(f"{name}-network", metadata=named, spec=network.policy(app), opts=self.child())
        access = args.access.secret(f"{name}-access", app, args.namespace, self.child())
        container = workload.Container(
            name=CONTAINER,
            image=args.image,
            resources=args.resources,
            # Replaced by whoever makes a Job; a Job made without a command says what is possible.
            command=["mlops", "--help"],
            env={**args.access.env(access), **args.env},
            mounts=args.access.mounts(access),
        )
        core.PodTemplate(
            f"{name}-template",
            metadata=named,
            template=workload.job(
                app, container, service_account=account(app, args.namespace, self.child()), pool=POOL
            ),
            opts=self.child(),
        )
        self.register_outputs({})
