"""The nodes of an EKS cluster."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.cluster.pools import Pool, pools
from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import trust
from infra.foundation.workload import POOL
from infra.settings.eks import EksSettings

# Not "…WorkerNodeMinimalPolicy": a node of our own asks EC2 for its private DNS name before it joins.
POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")


@dataclass(frozen=True)
class NodesArgs:
    """What nodes need; `after` is what must be in the cluster for them to become ready."""

    cloud: Cloud
    cluster: pulumi.Input[str]
    settings: EksSettings
    subnets: Sequence[pulumi.Input[str]]
    groups: Sequence[pulumi.Input[str]]
    volume_key: pulumi.Input[str]
    after: Sequence[pulumi.Resource]


class Nodes(Component, domain="cluster"):
    """Owns the role of the nodes, and for each pool a launch template and the managed group made from it.

    Does not own how many nodes run between minimum and maximum: whoever scales the group changes that. Pods have no
    part in the role: metadata is one network hop away, and theirs is a second one.
    """

    def __init__(self, name: str, args: NodesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._name = name
        self._args = args
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=trust("ec2.amazonaws.com"),
            tags=args.cloud.tagged(name),
            opts=self.child(),
        )
        policies = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy}",
                role=role.name,
                policy_arn=f"arn:{args.cloud.partition}:iam::aws:policy/{policy}",
                opts=self.child(),
            )
            for policy in POLICIES
        ]
        self.ready = [self._group(pool, role, policies) for pool in pools(args.settings.nodes)]
        self.register_outputs({})

    def _group(
        self, pool: Pool, role: aws.iam.Role, policies: Sequence[aws.iam.RolePolicyAttachment]
    ) -> aws.eks.NodeGroup:
        args, name = self._args, f"{self._name}-{pool.name}"
        template = self._template(name, pool)
        taint = aws.eks.NodeGroupTaintArgs(key=POOL, value=pool.name, effect="NO_SCHEDULE")
        return aws.eks.NodeGroup(
            name,
            cluster_name=args.cluster,
            node_role_arn=role.arn,
            subnet_ids=list(args.subnets),
            version=args.settings.version,
            ami_type=pool.image.ami_type,
            capacity_type=pool.capacity_type,
            instance_types=list(pool.settings.instance_types),
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=pool.settings.min_nodes,
                desired_size=pool.settings.min_nodes,
                max_size=pool.settings.max_nodes,
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
            labels={POOL: pool.name},
            taints=[taint] if pool.reserved else [],
            tags=args.cloud.tagged(name),
            opts=self.child(*policies, *args.after, ignore_changes=["scalingConfig.desiredSize"]),
        )

    def _template(self, name: str, pool: Pool) -> aws.ec2.LaunchTemplate:
        args = self._args
        tags = args.cloud.tagged(name)
        return aws.ec2.LaunchTemplate(
            f"{name}-template",
            description=f"Nodes of the pool {pool.name}",
            # With a template EKS adds no group by itself; its own is how nodes and control plane reach each other.
            vpc_security_group_ids=list(args.groups),
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name=device,
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type="gp3",
                        volume_size=size,
                        encrypted="true",
                        kms_key_id=args.volume_key,
                        delete_on_termination="true",
                    ),
                )
                for device, size in pool.disks.items()
            ],
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
                for kind in ("instance", "volume")
            ],
            tags=tags,
            opts=self.child(),
        )
