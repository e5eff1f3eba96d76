"""One namespace with everything that keeps its pods within bounds."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network
from infra.foundation.apps import PART_OF
from infra.foundation.component import Component
from infra.settings.cluster import QuotaSettings

_POD_SECURITY = {
    f"pod-security.kubernetes.io/{mode}{suffix}": value
    for mode in ("enforce", "audit", "warn")
    for suffix, value in (("", "restricted"), ("-version", "latest"))
}


@dataclass(frozen=True)
class NamespaceArgs:
    """The namespace's name in the cluster and what its pods may use together."""

    name: str
    quota: QuotaSettings


class Namespace(Component, domain="cluster"):
    """Owns a namespace, its quota, container defaults, default-deny network policies and Pod Security level.

    Does not own the policies that open it again: each workload brings its own.
    """

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        namespace = core.Namespace(
            name,
            metadata=meta.ObjectMetaArgs(name=args.name, labels=PART_OF | _POD_SECURITY),
            opts=self.child(),
        )
        self.name = namespace.metadata.apply(lambda metadata: str(metadata.name))

        def inside(object_name: str) -> meta.ObjectMetaArgs:
            return meta.ObjectMetaArgs(name=object_name, namespace=self.name, labels=PART_OF)

        core.ResourceQuota(
            f"{name}-quota",
            metadata=inside("quota"),
            spec=core.ResourceQuotaSpecArgs(
                hard={
                    "requests.cpu": args.quota.cpu,
                    "requests.memory": args.quota.memory,
                    "limits.cpu": args.quota.cpu_limit,
                    "limits.memory": args.quota.memory_limit,
                    "requests.storage": args.quota.storage,
                    "pods": str(args.quota.pods),
                }
            ),
            opts=self.child(),
        )
        core.LimitRange(
            f"{name}-defaults",
            metadata=inside("defaults"),
            spec=core.LimitRangeSpecArgs(
                limits=[
                    core.LimitRangeItemArgs(
                        type="Container",
                        default_request={"cpu": "10m", "memory": "64Mi"},
                        default={"cpu": "500m", "memory": "256Mi"},
                    )
                ]
            ),
            opts=self.child(),
        )
        for policy, spec in (("default-deny", network.deny_all()), ("allow-dns", network.allow_dns())):
            networking.NetworkPolicy(f"{name}-{policy}", metadata=inside(policy), spec=spec, opts=self.child())
        self.register_outputs({"name": self.name})
