"""Security groups as a component."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.network.internet import EVERYWHERE
from infra.network.traffic import GROUPS, Place, Traffic, traffic

API_PORT = 443


@dataclass(frozen=True)
class SecurityGroupsArgs:
    """`private`: the range of each zone's private subnet, where load balancers stand; `s3`: the prefix list of S3.

    `api_clients`: ranges from which the cluster's API may be called, besides its own nodes.
    """

    cloud: Cloud
    vpc: pulumi.Input[str]
    private: Mapping[str, str]
    s3: pulumi.Input[str]
    internet: bool
    api_clients: Sequence[str] = ()


@dataclass(frozen=True)
class _Peer:
    """The other end of a rule, in the one way of the three that names it."""

    suffix: str = ""
    group: pulumi.Input[str] | None = None
    cidr: str | None = None
    prefix_list: pulumi.Input[str] | None = None


class SecurityGroups(Component, domain="network"):
    """Owns a group for each kind of machine, and for each row of the table of traffic its rules at both ends.

    Does not own the group that EKS makes for its control plane and nodes.
    """

    def __init__(self, name: str, args: SecurityGroupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._name, self._args = name, args
        self.ids = {
            group: aws.ec2.SecurityGroup(
                f"{name}-{group}",
                description=description,
                vpc_id=args.vpc,
                tags=args.cloud.tagged(group),
                opts=self.child(),
            ).id
            for group, description in GROUPS.items()
        }
        for row in traffic(internet=args.internet):
            self._let_out(row)
            if row.target in self.ids:
                self._let_in(row)
        for cidr in args.api_clients:
            self._let_in_to_api(cidr)
        self.register_outputs({})

    def _let_in_to_api(self, cidr: str) -> None:
        key = f"api-from-{cidr}"
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-{key}",
            security_group_id=self.ids["api"],
            description="whoever runs updates and administers the cluster",
            ip_protocol="tcp",
            from_port=API_PORT,
            to_port=API_PORT,
            cidr_ipv4=cidr,
            tags=self._args.cloud.tagged(key),
            opts=self.child(),
        )

    def _let_out(self, row: Traffic) -> None:
        for peer in self._peers(row):
            key = f"{row.source}-to-{row.target}{peer.suffix}"
            aws.vpc.SecurityGroupEgressRule(
                f"{self._name}-{key}",
                security_group_id=self.ids[row.source],
                description=row.why,
                ip_protocol=_protocol(row),
                from_port=row.port,
                to_port=row.port,
                referenced_security_group_id=peer.group,
                cidr_ipv4=peer.cidr,
                prefix_list_id=peer.prefix_list,
                tags=self._args.cloud.tagged(key),
                opts=self.child(),
            )

    def _let_in(self, row: Traffic) -> None:
        key = f"{row.target}-from-{row.source}"
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-{key}",
            security_group_id=self.ids[row.target],
            description=row.why,
            ip_protocol=_protocol(row),
            from_port=row.port,
            to_port=row.port,
            referenced_security_group_id=self.ids[row.source],
            tags=self._args.cloud.tagged(key),
            opts=self.child(),
        )

    def _peers(self, row: Traffic) -> Iterator[_Peer]:
        if row.target is Place.S3:
            yield _Peer(prefix_list=self._args.s3)
        elif row.target is Place.INTERNET:
            yield _Peer(cidr=EVERYWHERE)
        elif row.target is Place.BALANCERS:
            yield from (_Peer(suffix=f"-{zone}", cidr=cidr) for zone, cidr in self._args.private.items())
        else:
            yield _Peer(group=self.ids[row.target])


def _protocol(row: Traffic) -> str:
    return "-1" if row.port is None else "tcp"
