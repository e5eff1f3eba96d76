"""The VPC as a component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.network.endpoints import S3Endpoint, S3EndpointArgs, ServiceEndpoints, ServiceEndpointsArgs
from infra.network.flow_logs import FlowLogs, FlowLogsArgs
from infra.network.internet import Internet, InternetArgs
from infra.network.plan import NetworkPlan, plan, ways_out
from infra.network.security_groups import SecurityGroups, SecurityGroupsArgs
from infra.network.services import services
from infra.network.zone import Zone, ZoneArgs
from infra.settings.network import NetworkSettings


@dataclass(frozen=True)
class NetworkArgs:
    """`log_key` encrypts the flow logs; `api_clients` are ranges that may call the cluster's API."""

    cloud: Cloud
    settings: NetworkSettings
    log_key: pulumi.Input[str]
    api_clients: Sequence[str] = ()


class Network(Component, domain="network"):
    """Owns the VPC: its subnets, its ways to AWS and out, who may talk to whom in it, and the log of who did.

    Does not own what stands in it. Nodes need endpoints and rules to join their cluster: they depend on the whole
    network.
    """

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._name, self._args = name, args
        cloud, settings = args.cloud, args.settings
        planned = plan(settings.cidr, settings.zones)
        self.private_cidrs = planned.private_cidrs
        self.database_cidrs = planned.database_cidrs
        self.vpc_id = self._vpc()
        zones = self._zones(planned)
        self.private_subnets = [zone.private for zone in zones.values()]
        self.database_subnets = [zone.database for zone in zones.values()]
        tables = {zone: made.table for zone, made in zones.items()}
        s3 = S3Endpoint(f"{name}-s3", S3EndpointArgs(cloud, self.vpc_id, list(tables.values())), self.child())
        self.groups = self._groups(planned, s3.prefix_list)
        ServiceEndpoints(
            f"{name}-endpoint",
            ServiceEndpointsArgs(
                cloud, self.vpc_id, services(settings.nat), self.private_subnets, self.groups["endpoints"]
            ),
            self.child(),
        )
        if settings.nat != "none":
            out = ways_out(settings.zones, settings.nat)
            Internet(f"{name}-internet", InternetArgs(cloud, self.vpc_id, planned.zones, out, tables), self.child())
        FlowLogs(f"{name}-flow", FlowLogsArgs(cloud, self.vpc_id, settings.flow_log_days, args.log_key), self.child())
        self.register_outputs({"vpcId": self.vpc_id})

    def _vpc(self) -> pulumi.Output[str]:
        tags = self._args.cloud.tagged("network")
        vpc = aws.ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=self._args.settings.cidr,
            # Both: without host names the services' own names do not lead to the endpoints.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=tags,
            opts=self.child(),
        )
        # AWS makes this group and cannot be kept from it; what is put into no group by mistake is cut off.
        aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default", vpc_id=vpc.id, ingress=[], egress=[], tags=tags, opts=self.child()
        )
        return vpc.id

    def _zones(self, planned: NetworkPlan) -> dict[str, Zone]:
        cloud = self._args.cloud
        isolated = aws.ec2.RouteTable(
            f"{self._name}-isolated", vpc_id=self.vpc_id, tags=cloud.tagged("isolated"), opts=self.child()
        ).id
        return {
            zone.zone: Zone(f"{self._name}-{zone.zone}", ZoneArgs(cloud, self.vpc_id, zone, isolated), self.child())
            for zone in planned.zones
        }

    def _groups(self, planned: NetworkPlan, s3: pulumi.Input[str]) -> Mapping[str, pulumi.Output[str]]:
        return SecurityGroups(
            f"{self._name}-group",
            SecurityGroupsArgs(
                cloud=self._args.cloud,
                vpc=self.vpc_id,
                private={zone.zone: zone.private for zone in planned.zones},
                s3=s3,
                internet=self._args.settings.nat != "none",
                api_clients=self._args.api_clients,
            ),
            self.child(),
        ).ids
