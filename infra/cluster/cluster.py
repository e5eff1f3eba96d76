"""The cluster as the rest of the stack sees it."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from infra.cluster.namespace import Namespace, NamespaceArgs
from infra.foundation import addresses
from infra.foundation.component import Component
from infra.settings.cluster import ClusterSettings, NamespacesSettings


@dataclass(frozen=True)
class ClusterArgs:
    """Where the cluster is and what each namespace may use of it."""

    cluster: ClusterSettings
    namespaces: NamespacesSettings


class Cluster(Component, domain="cluster"):
    """Owns the provider and the four namespaces. Does not own the cluster itself: it must be there already."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.provider = kubernetes.Provider(
            name, kubeconfig=args.cluster.kubeconfig, context=args.cluster.context, opts=self.child()
        )
        quotas = {
            addresses.PLATFORM: args.namespaces.platform,
            addresses.SERVING: args.namespaces.serving,
            addresses.TRAINING: args.namespaces.training,
            addresses.MONITORING: args.namespaces.monitoring,
        }
        inside = pulumi.ResourceOptions(parent=self, provider=self.provider)
        self.namespaces = {
            namespace: Namespace(namespace, NamespaceArgs(namespace, quota), inside).name
            for namespace, quota in quotas.items()
        }
        self.platform = self.namespaces[addresses.PLATFORM]
        self.serving = self.namespaces[addresses.SERVING]
        self.training = self.namespaces[addresses.TRAINING]
        self.monitoring = self.namespaces[addresses.MONITORING]
        self.register_outputs({"namespaces": self.namespaces})
