"""Who may do what with the database on RDS, as IAM statements. Pure but for ARNs that are not known yet."""

import pulumi

from infra.foundation.cloud import Cloud
from infra.foundation.policy_document import Statement


def connect(cloud: Cloud, resource_id: pulumi.Input[str], role: str) -> Statement:
    """To log in as one role of one instance; its resource id is not its name and never used again."""
    user = pulumi.Output.format(cloud.arn("rds-db", "dbuser:{0}/{1}"), resource_id, role)
    return Statement("Connect", ["rds-db:connect"], [user])


def write_log(cloud: Cloud, group: str) -> list[Statement]:
    """To make one log group and write into it; AWS' own policy for this names more groups."""
    arn = cloud.arn("logs", f"log-group:{group}")
    return [
        Statement("Group", ["logs:CreateLogGroup", "logs:PutRetentionPolicy"], [arn, f"{arn}:*"]),
        Statement(
            "Streams",
            ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams", "logs:GetLogEvents"],
            [f"{arn}:log-stream:*"],
        ),
    ]
