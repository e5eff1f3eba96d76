"""The mould of training jobs as a component."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, workload
from infra.foundation.access import Access
from infra.foundation.addresses import TRAINING
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import account, metadata
from infra.settings.training import TrainingSettings

APP = App("training", "training", TRAINING)
CONTAINER = "job"
POOL = "training"


@dataclass(frozen=True)
class TrainingArgs:
    """What every training job gets; `access` is MLflow's user `training` and the store."""

    namespace: pulumi.Input[str]
    image: str
    settings: TrainingSettings
    access: Access


class Training(Component, domain="training"):
    """Owns the service account, network policy and `PodTemplate` of training jobs.

    Does not own the Jobs: `mlops train run --on k8s` makes one from the template, with its own command and config.
    """

    def __init__(self, name: str, args: TrainingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        named = metadata(APP, args.namespace, APP.name)
        app = APP.reaching(args.access.reaches)
        networking.NetworkPolicy(f"{name}-network", metadata=named, spec=network.policy(app), opts=self.child())
        access = args.access.secret(f"{name}-access", APP, args.namespace, self.child())
        container = workload.Container(
            name=CONTAINER,
            image=args.image,
            resources=args.settings.resources,
            # Replaced by whoever makes a Job; a Job made without a command says what is possible.
            command=["mlops", "--help"],
            env=args.access.env(access),
            mounts=args.access.mounts(access),
        )
        core.PodTemplate(
            f"{name}-template",
            metadata=named,
            template=workload.job(
                app, container, service_account=account(APP, args.namespace, self.child()), pool=POOL
            ),
            opts=self.child(),
        )
        self.register_outputs({})
