"""EKS as a component."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.cluster.add_ons import AddOnsArgs, ClusterAddOns, NodeAddOns
from infra.cluster.administrators import Administrators, AdministratorsArgs
from infra.cluster.kubeconfig import kubeconfig
from infra.cluster.nodes import Nodes, NodesArgs
from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import Statement, document, trust
from infra.settings.eks import EksSettings

LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@dataclass(frozen=True)
class EksClusterArgs:
    """What the cluster needs; `node_group` is the security group of its nodes, `api_group` that of its API."""

    cloud: Cloud
    settings: EksSettings
    subnets: Sequence[pulumi.Input[str]]
    node_group: pulumi.Input[str]
    api_group: pulumi.Input[str]
    secrets_key: pulumi.Input[str]
    volume_key: pulumi.Input[str]
    log_key: pulumi.Input[str]


class EksCluster(Component, domain="cluster"):
    """Owns the control plane, its log group, its nodes, its add-ons, and who administers it.

    Does not own anything in Kubernetes. What is made with `kubeconfig` comes after all of it and goes before any of it:
    without nodes, network and administrators nothing there could be made ready or taken away.
    """

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cloud = args.cloud
        cluster = self._control_plane(name, args)
        # Not the plain name: what belongs to the cluster must be made after it.
        self.name = cluster.name
        self.security_group = cluster.vpc_config.apply(lambda vpc: str(vpc.cluster_security_group_id))
        add_ons = AddOnsArgs(cloud, self.name, args.volume_key)
        before = NodeAddOns(f"{name}-node", add_ons, self.child())
        nodes = Nodes(
            f"{name}-nodes",
            NodesArgs(
                cloud=cloud,
                cluster=self.name,
                settings=args.settings,
                subnets=args.subnets,
                groups=[self.security_group, args.node_group],
                volume_key=args.volume_key,
                after=before.ready,
            ),
            self.child(),
        )
        shared = ClusterAddOns(f"{name}-shared", add_ons, nodes.ready, self.child())
        administrators = Administrators(
            f"{name}-admin", AdministratorsArgs(cloud, self.name, args.settings.admins), self.child()
        )
        self.ready: list[pulumi.Resource] = [*before.ready, *nodes.ready, *shared.ready, *administrators.ready]
        self.kubeconfig = pulumi.Output.all(
            cluster.endpoint, cluster.certificate_authority.data, *(each.urn for each in self.ready)
        ).apply(lambda known: kubeconfig(cloud.name("cluster"), known[0], known[1], cloud.region))
        self.register_outputs({"name": self.name, "kubeconfig": self.kubeconfig})

    def _control_plane(self, name: str, args: EksClusterArgs) -> aws.eks.Cluster:
        cloud, settings = args.cloud, args.settings
        role, rights = self._role(name, args)
        # EKS would make this group by itself, without a key and for ever.
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/eks/{cloud.name('cluster')}/cluster",
            retention_in_days=settings.log_days,
            kms_key_id=args.log_key,
            tags=cloud.tagged(name),
            opts=self.child(),
        )
        return aws.eks.Cluster(
            name,
            name=cloud.name("cluster"),
            version=settings.version,
            role_arn=role.arn,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=list(args.subnets),
                # EKS' own group lets nodes in and nobody else.
                security_group_ids=[args.api_group],
                endpoint_private_access=True,
                endpoint_public_access=bool(settings.public_access),
                public_access_cidrs=list(settings.public_access) or None,
            ),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=args.secrets_key), resources=["secrets"]
            ),
            enabled_cluster_log_types=list(LOGS),
            # A version is upgraded when its standard support ends: extended support costs six times as much an hour.
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            bootstrap_self_managed_addons=False,
            deletion_protection=cloud.durability.protect,
            tags=cloud.tagged(name),
            opts=self.child(logs, *rights, protect=cloud.durability.protect),
        )

    def _role(self, name: str, args: EksClusterArgs) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        cloud = args.cloud
        arn = cloud.arn("eks", f"cluster/{cloud.name('cluster')}")
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=trust(
                "eks.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": cloud.account},
                    "ArnLike": {"aws:SourceArn": arn},
                },
            ),
            tags=cloud.tagged(name),
            opts=self.child(),
        )
        policy = aws.iam.RolePolicyAttachment(
            f"{name}-policy",
            role=role.name,
            policy_arn=f"arn:{cloud.partition}:iam::aws:policy/AmazonEKSClusterPolicy",
            opts=self.child(),
        )
        secrets = Statement(
            "Secrets", ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"], [args.secrets_key]
        )
        key = aws.iam.RolePolicy(f"{name}-secrets-key", role=role.name, policy=document([secrets]), opts=self.child())
        return role, [policy, key]
