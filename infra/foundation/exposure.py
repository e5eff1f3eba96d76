"""How clients outside the cluster reach a server, and the Services that follow from it."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core import v1 as core

from infra.foundation.addresses import Endpoint
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import metadata

_NLB = "service.beta.kubernetes.io/aws-load-balancer-"
_TLS_PORT = 443


@dataclass(frozen=True)
class ClusterOnly:
    """Only from inside."""


@dataclass(frozen=True)
class AtNodePort:
    """At a port of every node."""

    port: int


@dataclass(frozen=True)
class InternalLoadBalancer:
    """An AWS network load balancer in the private subnets that speaks TLS with a certificate of ACM.

    `sources` are the ranges it listens to; `tags` are those of every resource, as it is made by the cluster and not by
    the stack.
    """

    certificate: str
    sources: tuple[str, ...]
    tags: dict[str, str]


Exposure = ClusterOnly | AtNodePort | InternalLoadBalancer


@dataclass(frozen=True)
class Former:
    """Who had these Services before: without that, their node port would be taken when the new ones are made."""

    owner: str
    name: str

    def alias(self, kind: str) -> pulumi.Alias:
        return pulumi.Alias(name=f"{self.name}-{kind}", parent=pulumi.create_urn(self.name, self.owner))


def services(
    owner: Component,
    name: str,
    app: App,
    namespace: pulumi.Input[str],
    endpoint: Endpoint,
    port_name: str,
    exposure: Exposure,
    annotations: dict[str, str] | None = None,
    formerly: Former | None = None,
) -> None:
    """The Service for pods of the cluster, which a node port belongs to, and one of its own for a load balancer."""

    def options(kind: str) -> pulumi.ResourceOptions:
        return owner.child(aliases=[formerly.alias(kind)] if formerly else ())

    at_node = isinstance(exposure, AtNodePort)
    core.Service(
        f"{name}-service",
        metadata=metadata(app, namespace, endpoint.service, annotations),
        spec=core.ServiceSpecArgs(
            type="NodePort" if at_node else "ClusterIP",
            selector=app.selector,
            ports=[
                core.ServicePortArgs(
                    name=port_name,
                    port=endpoint.port,
                    target_port=port_name,
                    node_port=exposure.port if isinstance(exposure, AtNodePort) else None,
                )
            ],
        ),
        opts=options("service"),
    )
    if isinstance(exposure, InternalLoadBalancer):
        core.Service(
            f"{name}-load-balancer",
            metadata=metadata(
                app, namespace, f"{endpoint.service}-external", {**_balancer(exposure), **(annotations or {})}
            ),
            spec=core.ServiceSpecArgs(
                type="LoadBalancer",
                selector=app.selector,
                load_balancer_source_ranges=list(exposure.sources),
                ports=[core.ServicePortArgs(name="https", port=_TLS_PORT, target_port=port_name)],
            ),
            opts=options("load-balancer"),
        )


def is_exposed(exposure: Exposure) -> bool:
    """Whether traffic comes from where no network policy can name it: both ways hide the client behind a node."""
    return not isinstance(exposure, ClusterOnly)


def _balancer(exposure: InternalLoadBalancer) -> dict[str, str]:
    return {
        f"{_NLB}type": "nlb",
        f"{_NLB}internal": "true",
        f"{_NLB}ssl-cert": exposure.certificate,
        f"{_NLB}ssl-ports": str(_TLS_PORT),
        f"{_NLB}ssl-negotiation-policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        f"{_NLB}cross-zone-load-balancing-enabled": "true",
        f"{_NLB}additional-resource-tags": ",".join(f"{key}={value}" for key, value in sorted(exposure.tags.items())),
    }
