"""The subnets of one zone as a component."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.network.plan import ZonePlan


@dataclass(frozen=True)
class ZoneArgs:
    """`isolated` is the route table of databases."""

    cloud: Cloud
    vpc: pulumi.Input[str]
    plan: ZonePlan
    isolated: pulumi.Input[str]


class Zone(Component, domain="network"):
    """Owns the private and the database subnet of one zone, and the private one's route table.

    Does not own ways out of the VPC, which are routes that others add to `table`.
    """

    def __init__(self, name: str, args: ZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._name, self._args = name, args
        cloud = args.cloud
        # By these the cluster finds where to put load balancers; the public subnets are not for it.
        for_the_cluster = {
            "kubernetes.io/role/internal-elb": "1",
            f"kubernetes.io/cluster/{cloud.name('cluster')}": "shared",
        }
        self.private = self._subnet("private", args.plan.private, for_the_cluster)
        self.database = self._subnet("database", args.plan.database, {})
        self.table = aws.ec2.RouteTable(
            f"{name}-private", vpc_id=args.vpc, tags=cloud.tagged(f"private-{args.plan.zone}"), opts=self.child()
        ).id
        self._route("private", self.private, self.table)
        self._route("database", self.database, args.isolated)
        self.register_outputs({})

    def _subnet(self, purpose: str, cidr: str, tags: dict[str, str]) -> pulumi.Output[str]:
        return aws.ec2.Subnet(
            f"{self._name}-{purpose}",
            vpc_id=self._args.vpc,
            availability_zone=self._args.plan.zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags={**self._args.cloud.tagged(f"{purpose}-{self._args.plan.zone}"), **tags},
            opts=self.child(),
        ).id

    def _route(self, purpose: str, subnet: pulumi.Output[str], table: pulumi.Input[str]) -> None:
        aws.ec2.RouteTableAssociation(
            f"{self._name}-{purpose}", subnet_id=subnet, route_table_id=table, opts=self.child()
        )
