"""VPC endpoints as components: AWS services at addresses inside the VPC."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import EVERYONE, Statement, document


@dataclass(frozen=True)
class S3EndpointArgs:
    """`tables`: the route tables whose subnets reach S3 by it."""

    cloud: Cloud
    vpc: pulumi.Input[str]
    tables: Sequence[pulumi.Input[str]]


class S3Endpoint(Component, domain="network"):
    """Owns the way to S3, which costs nothing and leads to buckets of this account only.

    So no machine carries data to a stranger's bucket, even with the stranger's credentials.
    """

    def __init__(self, name: str, args: S3EndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        endpoint = aws.ec2.VpcEndpoint(
            f"{name}-endpoint",
            vpc_id=args.vpc,
            vpc_endpoint_type="Gateway",
            service_name=service_name(args.cloud, "s3"),
            route_table_ids=list(args.tables),
            policy=document(s3_policy(args.cloud)),
            tags=args.cloud.tagged("endpoint-s3"),
            opts=self.child(),
        )
        self.prefix_list = endpoint.prefix_list_id
        self.register_outputs({})


@dataclass(frozen=True)
class ServiceEndpointsArgs:
    """Endpoints of these services, with an address in each subnet."""

    cloud: Cloud
    vpc: pulumi.Input[str]
    services: Sequence[str]
    subnets: Sequence[pulumi.Input[str]]
    group: pulumi.Input[str]


class ServiceEndpoints(Component, domain="network"):
    """Owns the ways to all other services. Clients notice nothing: the services' own names lead there."""

    def __init__(self, name: str, args: ServiceEndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for service in args.services:
            aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=args.vpc,
                vpc_endpoint_type="Interface",
                service_name=service_name(args.cloud, service),
                private_dns_enabled=True,
                subnet_ids=list(args.subnets),
                security_group_ids=[args.group],
                tags=args.cloud.tagged(f"endpoint-{service}"),
                opts=self.child(),
            )
        self.register_outputs({})


def service_name(cloud: Cloud, service: str) -> str:
    """The name by which AWS knows the service of a region."""
    return f"com.amazonaws.{cloud.region}.{service}"


def s3_policy(cloud: Cloud) -> list[Statement]:
    """What passes through the endpoint; who may do it is for the buckets and roles to say."""
    layers = cloud.arn("s3", f"prod-{cloud.region}-starport-layer-bucket/*", region="")
    return [
        Statement("OwnBuckets", ["s3:*"], ["*"], EVERYONE, {"StringEquals": {"aws:ResourceAccount": cloud.account}}),
        # ECR keeps the layers of all images of a region in this bucket of AWS.
        Statement("ImageLayers", ["s3:GetObject"], [layers], EVERYONE),
    ]
