"""A server with one volume: the shape that PostgreSQL, the S3 store, Prometheus and Alertmanager share."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, volumes, workload
from infra.foundation.addresses import Endpoint
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.durability import Durability
from infra.foundation.exposure import Exposure, is_exposed, services
from infra.foundation.objects import metadata

VOLUME = "data"


@dataclass(frozen=True)
class StatefulServerArgs:
    """`container` has one port, the endpoint's, and mounts the claim `VOLUME`; `storage` is the volume's first size."""

    app: App
    namespace: pulumi.Input[str]
    endpoint: Endpoint
    exposure: Exposure
    container: workload.Container
    storage: str
    durability: Durability
    init_containers: Sequence[workload.Container] = ()
    grace_seconds: int = 30
    account: pulumi.Input[str] | None = None


class StatefulServer(Component, domain="foundation"):
    """Owns the StatefulSet, its volume, Service and network policy. Does not own what configures the container.

    The volume outlives the StatefulSet whatever replaces it, and goes with its namespace. There is no disruption
    budget: for one replica it could only allow every eviction or block every drain for ever.
    """

    def __init__(self, name: str, args: StatefulServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        app, endpoint = args.app, args.endpoint
        named = metadata(app, args.namespace, app.name)
        networking.NetworkPolicy(
            f"{name}-network",
            metadata=named,
            spec=network.policy(app, serves=[endpoint.port], exposed=is_exposed(args.exposure)),
            opts=self.child(),
        )
        (port_name,) = args.container.ports
        services(self, name, app, args.namespace, endpoint, port_name, args.exposure)
        self.stateful_set = apps.StatefulSet(
            f"{name}-server",
            metadata=named,
            spec=apps.StatefulSetSpecArgs(
                service_name=endpoint.service,
                replicas=1,
                selector=meta.LabelSelectorArgs(match_labels=app.selector),
                template=workload.server(
                    app,
                    [args.container],
                    init_containers=args.init_containers,
                    grace_seconds=args.grace_seconds,
                    service_account=args.account,
                ),
                # Some changes delete a StatefulSet before it is made again; one of that name finds its volume again.
                persistent_volume_claim_retention_policy=apps.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
                    when_deleted="Retain", when_scaled="Retain"
                ),
                volume_claim_templates=[volumes.claim_template(VOLUME, args.storage, app)],
            ),
            # Kubernetes forbids a change of the claim templates, so that another size would replace the server without
            # enlarging anything: a volume is enlarged by a patch of its claim.
            opts=self.child(protect=args.durability.protect, ignore_changes=["spec.volumeClaimTemplates"]),
        )
        self.register_outputs({})
