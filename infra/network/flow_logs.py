"""Records of all traffic as a component."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import Statement, document, trust


@dataclass(frozen=True)
class FlowLogsArgs:
    """`key` encrypts the log group."""

    cloud: Cloud
    vpc: pulumi.Input[str]
    days: int
    key: pulumi.Input[str]


class FlowLogs(Component, domain="network"):
    """Owns the log of who talked to whom in the VPC, refused or not, and the role that writes it."""

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cloud = args.cloud
        tags = cloud.tagged("flow-logs")
        group_name = f"/{cloud.prefix}/flow-logs"
        group = aws.cloudwatch.LogGroup(
            f"{name}-group",
            name=group_name,
            retention_in_days=args.days,
            kms_key_id=args.key,
            tags=tags,
            opts=self.child(),
        )
        role = aws.iam.Role(f"{name}-role", assume_role_policy=_trust(cloud), tags=tags, opts=self.child())
        rights = aws.iam.RolePolicy(
            f"{name}-write", role=role.name, policy=document(_rights(cloud, group_name)), opts=self.child()
        )
        aws.ec2.FlowLog(
            f"{name}-log",
            vpc_id=args.vpc,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags=tags,
            opts=self.child(rights),
        )
        self.register_outputs({})


def _trust(cloud: Cloud) -> pulumi.Output[str]:
    return trust(
        "vpc-flow-logs.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": cloud.account},
            "ArnLike": {"aws:SourceArn": cloud.arn("ec2", "vpc-flow-log/*")},
        },
    )


def _rights(cloud: Cloud, group: str) -> list[Statement]:
    inside = cloud.arn("logs", f"log-group:{group}:*")
    return [
        Statement("Write", ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [inside]),
        Statement("Find", ["logs:DescribeLogGroups"], ["*"]),
    ]
