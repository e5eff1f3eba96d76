"""The cluster as the rest of the stack sees it."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from infra.cluster.namespace import Namespace, NamespaceArgs
from infra.foundation import addresses
from infra.foundation.component import Component
from infra.settings.cluster import NamespacesSettings


@dataclass(frozen=True)
class ClusterArgs:
    """What each namespace may use, and where the cluster is: a kubeconfig's path or content, and a context of it."""

    namespaces: NamespacesSettings
    kubeconfig: pulumi.Input[str]
    context: str | None = None


class Cluster(Component, domain="cluster"):
    """Owns the provider and the four namespaces. Does not own the cluster itself: it must be there already."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.provider = kubernetes.Provider(name, kubeconfig=args.kubeconfig, context=args.context, opts=self.child())
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
