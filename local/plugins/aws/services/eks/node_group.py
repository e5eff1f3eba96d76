"""Node groups."""

from __future__ import annotations

from pulumi_aws import eks

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.eks.answers import said, state_of
from local.plugins.aws.services.eks.tagging import EksTagging
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.waiting import State


class NodeGroup(Kind):
    """Its id is `cluster:group`."""

    sdk, service = eks.NodeGroup, "eks"
    carries = words(
        "amiType capacityType clusterName instanceTypes labels launchTemplate nodeGroupName nodeRoleArn scalingConfig "
        "subnetIds tags taints updateConfig version"
    )
    fixed = words(
        "amiType capacityType clusterName instanceTypes launchTemplate.id launchTemplate.name nodeGroupName "
        "nodeRoleArn subnetIds"
    )
    # ministack answers neither.
    write_only = words("launchTemplate updateConfig")
    unordered = words("subnetIds taints")
    volatile = words("status")
    naming = Naming("nodeGroupName", longest=63)
    tagging = EksTagging()
    seconds = 3600

    def create(self, op: Operation) -> str:
        wanted = {name: op.new[name] for name in self.carries - {"tags"} if name in op.new}
        parameters = to_api(op.client, "create_nodegroup", wanted, nodeRoleArn="nodeRole", subnetIds="subnets")
        op.client.create_nodegroup(**parameters, tags=op.tags)
        return f"{op.new['clusterName']}:{op.new['nodeGroupName']}"

    def read(self, op: Operation, identifier: str) -> Properties:
        cluster, _, name = identifier.partition(":")
        found = op.client.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        resources = found["resources"]
        return {
            **from_api(self.inputs, found, nodeRoleArn="nodeRole", subnetIds="subnets"),
            # A change of these is recorded only.
            **said(op, "labels", "scalingConfig", "taints", "version"),
            "arn": found["nodegroupArn"],
            "status": found["status"],
            "resources": [
                {
                    "autoscalingGroups": resources["autoScalingGroups"],
                    "remoteAccessSecurityGroupId": resources.get("remoteAccessSecurityGroup"),
                }
            ],
        }

    def update(self, op: Operation, identifier: str) -> None:  # noqa: ARG002  the base class fixes the signature
        if op.changed & words("launchTemplate version"):
            op.recorded_only("update_nodegroup_version")
        if op.changed & words("labels scalingConfig taints updateConfig"):
            op.recorded_only("update_nodegroup_config")

    def delete(self, op: Operation, identifier: str) -> None:
        cluster, _, name = identifier.partition(":")
        op.client.delete_nodegroup(clusterName=cluster, nodegroupName=name)

    def state(self, op: Operation, live: Properties) -> State:  # noqa: ARG002  the base class fixes the signature
        return state_of(live["status"])
