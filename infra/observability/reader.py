"""Leave to read some kinds of objects in some namespaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.rbac import v1 as rbac

from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import metadata, name_of


@dataclass(frozen=True)
class Kinds:
    """Kinds of one API group, in the plural."""

    group: str
    plurals: tuple[str, ...]


@dataclass(frozen=True)
class ReaderArgs:
    """Who reads, where it lives, what it may read and in which namespaces (logical name → name).

    `nodes`: also the list of nodes, and the metrics of their kubelets.
    """

    app: App
    namespace: pulumi.Input[str]
    kinds: Sequence[Kinds]
    readable: Mapping[str, pulumi.Input[str]]
    nodes: bool = False


class Reader(Component, domain="observability"):
    """Owns a service account, one role and its binding in each namespace. Secrets and ConfigMaps are never readable."""

    def __init__(self, name: str, args: ReaderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        account = core.ServiceAccount(
            f"{name}-account",
            metadata=metadata(args.app, args.namespace, args.app.name),
            automount_service_account_token=False,
            opts=self.child(),
        )
        self.account = name_of(account)
        for logical, namespace in args.readable.items():
            named = metadata(args.app, namespace, args.app.name)
            role = rbac.Role(
                f"{name}-role-{logical}",
                metadata=named,
                rules=[
                    rbac.PolicyRuleArgs(
                        api_groups=[kinds.group], resources=list(kinds.plurals), verbs=["get", "list", "watch"]
                    )
                    for kinds in args.kinds
                ],
                opts=self.child(),
            )
            rbac.RoleBinding(
                f"{name}-binding-{logical}",
                metadata=named,
                role_ref=rbac.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=name_of(role)),
                subjects=[rbac.SubjectArgs(kind="ServiceAccount", name=self.account, namespace=args.namespace)],
                opts=self.child(),
            )
        if args.nodes:
            self._nodes(name, args)
        self.register_outputs({"account": self.account})

    def _nodes(self, name: str, args: ReaderArgs) -> None:
        """Nodes belong to no namespace, so this is the one right in the whole cluster: their list and their figures."""
        named = meta.ObjectMetaArgs(name=f"mlops-{args.app.name}-nodes", labels=args.app.labels)
        role = rbac.ClusterRole(
            f"{name}-nodes",
            metadata=named,
            rules=[
                rbac.PolicyRuleArgs(api_groups=[""], resources=["nodes"], verbs=["get", "list", "watch"]),
                # Of a kubelet only this: `nodes/proxy` would let it run commands in every container.
                rbac.PolicyRuleArgs(api_groups=[""], resources=["nodes/metrics"], verbs=["get"]),
            ],
            opts=self.child(),
        )
        rbac.ClusterRoleBinding(
            f"{name}-nodes-binding",
            metadata=named,
            role_ref=rbac.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=name_of(role)),
            subjects=[rbac.SubjectArgs(kind="ServiceAccount", name=self.account, namespace=args.namespace)],
            opts=self.child(),
        )
