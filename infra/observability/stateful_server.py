"""A server with one volume, a configuration and a web page: the shape Prometheus and Alertmanager share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, probes, volumes, workload
from infra.foundation.addresses import Endpoint
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.durability import Durability
from infra.foundation.objects import config_map, metadata
from infra.settings.base import ResourceSettings


@dataclass(frozen=True)
class StatefulServerArgs:
    """`files` are its configuration, seen in `config_folder`; `data_folder` is its volume."""

    app: App
    namespace: pulumi.Input[str]
    endpoint: Endpoint
    node_port: int
    image: str
    command: Sequence[str]
    resources: ResourceSettings
    files: Mapping[str, str]
    config_folder: str
    data_folder: str
    storage: str
    durability: Durability
    account: pulumi.Input[str] | None = None


class StatefulServer(Component, domain="observability"):
    """Owns the StatefulSet, its volume, configuration, Service and network policy.

    A new configuration is a new ConfigMap, and the pod restarts with it: nothing has to be told to reload.
    """

    def __init__(self, name: str, args: StatefulServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        app, port = args.app, args.endpoint.port
        named = metadata(app, args.namespace, app.name)
        config = config_map(f"{name}-config", app, args.namespace, args.files, self.child())
        container = workload.Container(
            name="server",
            image=args.image,
            resources=workload.Resources(**args.resources.model_dump()),
            command=args.command,
            ports={"http": port},
            mounts=[
                volumes.claim("data", args.data_folder),
                volumes.config("config", config, args.config_folder),
            ],
            # Prometheus reads its write-ahead log before it answers; after a crash that can take minutes.
            probes=probes.http("http", live="/-/healthy", ready="/-/ready", start_seconds=300),
        )
        networking.NetworkPolicy(
            f"{name}-network",
            metadata=named,
            spec=network.policy(app, serves=[port], exposed=True),
            opts=self.child(),
        )
        core.Service(
            f"{name}-service",
            metadata=named,
            spec=core.ServiceSpecArgs(
                type="NodePort",
                selector=app.selector,
                ports=[core.ServicePortArgs(name="http", port=port, target_port="http", node_port=args.node_port)],
            ),
            opts=self.child(),
        )
        guards = args.durability.guards
        apps.StatefulSet(
            f"{name}-server",
            metadata=named,
            spec=apps.StatefulSetSpecArgs(
                service_name=args.endpoint.service,
                replicas=1,
                selector=meta.LabelSelectorArgs(match_labels=app.selector),
                template=workload.server(
                    app, [container], service_account=args.account, automount_token=args.account is not None
                ),
                persistent_volume_claim_retention_policy=apps.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
                    when_deleted=guards.volumes_when_deleted, when_scaled="Retain"
                ),
                volume_claim_templates=[volumes.claim_template("data", args.storage, app)],
            ),
            opts=self.child(),
        )
        self.register_outputs({})
