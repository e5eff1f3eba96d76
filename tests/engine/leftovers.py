"""What is left in the emulated account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.aws.trial import Trial

Look = Callable[[Any], list[str]]


def _names(call: str, key: str, name: str, **given: Any) -> Look:
    def look(client: Any) -> list[str]:
        return [
            str(each[name]) if isinstance(each, dict) else str(each) for each in getattr(client, call)(**given)[key]
        ]

    return look


# Service → what a stack makes in it; what AWS has from the start is left out below.
LOOKS: dict[str, list[Look]] = {
    "s3": [_names("list_buckets", "Buckets", "Name")],
    "ec2": [
        _names("describe_vpcs", "Vpcs", "VpcId", Filters=[{"Name": "is-default", "Values": ["false"]}]),
        _names("describe_launch_templates", "LaunchTemplates", "LaunchTemplateName"),
        _names("describe_flow_logs", "FlowLogs", "FlowLogId"),
        _names("describe_addresses", "Addresses", "AllocationId"),
    ],
    "eks": [_names("list_clusters", "clusters", "")],
    "rds": [
        _names("describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
        _names("describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    ],
    "iam": [_names("list_roles", "Roles", "RoleName")],
    "kms": [_names("list_aliases", "Aliases", "AliasName")],
    "ecr": [_names("describe_repositories", "repositories", "repositoryName")],
    "logs": [_names("describe_log_groups", "logGroups", "logGroupName")],
    "cloudwatch": [_names("describe_alarms", "MetricAlarms", "AlarmName")],
    "lambda": [_names("list_functions", "Functions", "FunctionName")],
    "apigatewayv2": [_names("get_apis", "Items", "Name")],
    "sns": [_names("list_topics", "Topics", "TopicArn")],
    "sqs": [lambda client: client.list_queues().get("QueueUrls", [])],
    "sagemaker": [_names("list_endpoints", "Endpoints", "EndpointName"), _names("list_models", "Models", "ModelName")],
    "secretsmanager": [_names("list_secrets", "SecretList", "Name")],
    "events": [_names("list_rules", "Rules", "Name")],
    "amp": [_names("list_workspaces", "workspaces", "alias")],
}
OF_AWS = ("alias/aws/", "AWSServiceRole", "default")


def left(trial: Trial) -> list[str]:
    """`service: name` of everything that AWS itself has not brought along."""
    return [
        f"{service}: {name}"
        for service, looks in LOOKS.items()
        for look in looks
        for name in look(trial.client(service))
        if not name.startswith(OF_AWS)
    ]
