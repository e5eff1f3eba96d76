"""Leave for somebody else's Prometheus to ask our pods for metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation.apps import PART_OF
from infra.foundation.component import Component
from infra.observability.scrape import PLATFORM_TARGETS


@dataclass(frozen=True)
class ScrapedArgs:
    """`askers` are where the Prometheus is: pods of a namespace, or ranges of addresses."""

    namespaces: Mapping[str, pulumi.Input[str]]
    askers: Sequence[networking.NetworkPolicyPeerArgs]


class Scraped(Component, domain="observability"):
    """Owns one network policy for each target. Does not own who asks."""

    def __init__(self, name: str, args: ScrapedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for target in PLATFORM_TARGETS:
            endpoint = target.endpoint
            pods = meta.LabelSelectorArgs(match_labels={"app.kubernetes.io/name": endpoint.service})
            port = networking.NetworkPolicyPortArgs(port=endpoint.port, protocol="TCP")
            networking.NetworkPolicy(
                f"{name}-{endpoint.service}",
                metadata=meta.ObjectMetaArgs(
                    name=f"{endpoint.service}-metrics", namespace=args.namespaces[endpoint.namespace], labels=PART_OF
                ),
                spec=networking.NetworkPolicySpecArgs(
                    pod_selector=pods,
                    policy_types=["Ingress"],
                    ingress=[networking.NetworkPolicyIngressRuleArgs(from_=list(args.askers), ports=[port])],
                ),
                opts=self.child(),
            )
        self.register_outputs({})
