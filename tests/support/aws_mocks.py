"""What AWS adds to a resource when it is made, for mocks: only what other resources ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def state(typ: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a resource of type `aws:…`: its inputs, and outputs that it was not given."""
    added = {"arn": f"arn:aws:{typ}:{name}", "name": f"{name}-0a1b2c3", **_MORE.get(typ, {})}
    inside = {key: {**added[key], **value} for key, value in inputs.items() if isinstance(added.get(key), dict)}
    return {**added, **inputs, **inside}


_MORE: dict[str, dict[str, Any]] = {
    "aws:apigatewayv2/api:Api": {"apiEndpoint": "https://api.execute-api.test"},
    "aws:lambda/function:Function": {"version": "7"},
    "aws:sqs/queue:Queue": {"url": "https://sqs.test/queue"},
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"prefixListId": "pl-s3"},
    "aws:eks/cluster:Cluster": {
        "endpoint": "https://cluster.eks.test",
        "certificateAuthority": {"data": "Y2VydGlmaWNhdGU="},
        "vpcConfig": {"clusterSecurityGroupId": "sg-cluster"},
    },
    "aws:rds/instance:Instance": {
        "address": "database.rds.test",
        "endpoint": "database.rds.test:5432",
        "resourceId": "db-RESOURCE",
        "masterUserSecrets": [{"secretArn": "arn:aws:secretsmanager:::secret:master", "secretStatus": "active"}],
    },
}
