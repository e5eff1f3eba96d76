"""The way out of the VPC as a component."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.network.plan import ZonePlan

EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class InternetArgs:
    """`ways_out`: by zone, the zone of its gateway; `tables`: by zone, the route table of its private subnet."""

    cloud: Cloud
    vpc: pulumi.Input[str]
    zones: tuple[ZonePlan, ...]
    ways_out: Mapping[str, str]
    tables: Mapping[str, pulumi.Input[str]]


class Internet(Component, domain="network"):
    """Owns the NAT gateways, their public subnets, and the routes of private subnets to them.

    Nothing but gateways stands in the public subnets, and nothing comes in. Databases have no route.
    """

    def __init__(self, name: str, args: InternetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._name, self._args = name, args
        tags = args.cloud.tagged("public")
        internet = aws.ec2.InternetGateway(f"{name}-gateway", vpc_id=args.vpc, tags=tags, opts=self.child())
        public = aws.ec2.RouteTable(f"{name}-public", vpc_id=args.vpc, tags=tags, opts=self.child())
        way_out = aws.ec2.Route(
            f"{name}-public",
            route_table_id=public.id,
            destination_cidr_block=EVERYWHERE,
            gateway_id=internet.id,
            opts=self.child(),
        )
        used = set(args.ways_out.values())
        gateways = {zone.zone: self._gateway(zone, public, way_out) for zone in args.zones if zone.zone in used}
        for zone, through in args.ways_out.items():
            aws.ec2.Route(
                f"{name}-{zone}",
                route_table_id=args.tables[zone],
                destination_cidr_block=EVERYWHERE,
                nat_gateway_id=gateways[through].id,
                opts=self.child(),
            )
        self.register_outputs({})

    def _gateway(self, zone: ZonePlan, public: aws.ec2.RouteTable, way_out: aws.ec2.Route) -> aws.ec2.NatGateway:
        name, tags = f"{self._name}-{zone.zone}", self._args.cloud.tagged(f"public-{zone.zone}")
        subnet = aws.ec2.Subnet(
            name,
            vpc_id=self._args.vpc,
            availability_zone=zone.zone,
            cidr_block=zone.public,
            map_public_ip_on_launch=False,
            tags=tags,
            opts=self.child(),
        )
        routed = aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=public.id, opts=self.child())
        address = aws.ec2.Eip(name, domain="vpc", tags=tags, opts=self.child())
        return aws.ec2.NatGateway(
            name, subnet_id=subnet.id, allocation_id=address.id, tags=tags, opts=self.child(way_out, routed)
        )
