"""CodeDeploy: an application and its deployment group."""

from __future__ import annotations

import uuid

from pulumi_aws import codedeploy

from local.plugins.aws.kind import Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.recorded import Recorded


def _uuid(*parts: str) -> str:
    """An id that stays the same for the same names."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


class Application(Recorded):
    """Its id is `id:name`."""

    sdk, service = codedeploy.Application, "codedeploy"
    carries = words("name computePlatform tags")
    fixed = words("computePlatform")
    naming = Naming("name", longest=100)

    def identify(self, op: Operation) -> str:
        return f"{_uuid(op.account, op.region, op.new['name'])}:{op.new['name']}"

    def computed(self, op: Operation, identifier: str) -> Properties:
        arn = f"arn:aws:codedeploy:{op.region}:{op.account}:application:{op.known['name']}"
        return {"applicationId": identifier.partition(":")[0], "arn": arn, "linkedToGithub": False}


class DeploymentGroup(Recorded):
    sdk, service = codedeploy.DeploymentGroup, "codedeploy"
    carries = words(
        "appName deploymentGroupName deploymentConfigName serviceRoleArn deploymentStyle alarmConfiguration "
        "autoRollbackConfiguration tags"
    )
    fixed = words("appName")

    def identify(self, op: Operation) -> str:
        return _uuid(op.account, op.region, op.new["appName"], op.new["deploymentGroupName"])

    def computed(self, op: Operation, identifier: str) -> Properties:
        name = f"{op.known['appName']}/{op.known['deploymentGroupName']}"
        return {
            "deploymentGroupId": identifier,
            "arn": f"arn:aws:codedeploy:{op.region}:{op.account}:deploymentgroup:{name}",
            "computePlatform": "Lambda",
        }
