"""What SageMaker needs to run a container of ours. Pure but for the ARNs."""

import pulumi

from infra.foundation.cloud import Cloud
from infra.foundation.policy_document import Statement

_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
)


def repository(image: str) -> str:
    """Name of the repository that an image is in: `host/name@sha256:…` → `name`."""
    path = image.split("@")[0].split("/", 1)[-1]
    return path.split(":")[0]


def running(cloud: Cloud, image: str, log_group: str, key: pulumi.Input[str]) -> list[Statement]:
    """Pulls the image, writes logs and metrics, encrypts disks, and has its addresses in our subnets."""
    log = cloud.arn("logs", f"log-group:{log_group}:*")
    metrics = {"StringEquals": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/Endpoints"]}}
    for_disks = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        Statement("Login", ["ecr:GetAuthorizationToken"], ["*"]),
        Statement("Pull", _PULL, [cloud.arn("ecr", f"repository/{repository(image)}")]),
        Statement("Log", ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [log]),
        Statement("Metrics", ["cloudwatch:PutMetricData"], ["*"], conditions=metrics),
        Statement("Interfaces", _INTERFACES, ["*"]),
        Statement("DiskKey", ["kms:DescribeKey"], [key]),
        Statement("Disks", ["kms:CreateGrant"], [key], conditions=for_disks),
    ]
