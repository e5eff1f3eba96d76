"""A server of one replica that keeps nothing: Service, Deployment and network policy."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, workload
from infra.foundation.addresses import Endpoint
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.lone_deployment import lone_deployment
from infra.foundation.objects import metadata


def single(
    owner: Component,
    name: str,
    app: App,
    namespace: pulumi.Input[str],
    endpoint: Endpoint,
    container: workload.Container,
    service_account: pulumi.Input[str],
    after: Sequence[pulumi.Resource] = (),
) -> None:
    """Two at once would each have half of the figures, or count every object twice: the old one goes first."""
    named = metadata(app, namespace, app.name)
    networking.NetworkPolicy(
        f"{name}-network", metadata=named, spec=network.policy(app, serves=[endpoint.port]), opts=owner.child()
    )
    core.Service(
        f"{name}-service",
        metadata=named,
        spec=core.ServiceSpecArgs(
            selector=app.selector, ports=[core.ServicePortArgs(name="http", port=endpoint.port, target_port="http")]
        ),
        opts=owner.child(),
    )
    lone_deployment(owner, name, app, namespace, container, service_account, after)
