"""Flow logs."""

from __future__ import annotations

from pulumi_aws import ec2

from local.plugins.aws.kind import Eventual, Kind, Properties, words
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.ec2.tagging import TAGGING, arn, one, specified, tags_of
from local.plugins.errors import PluginError


class FlowLog(Kind):
    """Of a VPC. AWS can change nothing of it but its tags."""

    sdk, service = ec2.FlowLog, "ec2"
    carries = words("vpcId trafficType logDestinationType logDestination iamRoleArn maxAggregationInterval tags")
    fixed = carries - {"tags"}
    tagging = TAGGING
    eventual = (
        Eventual("InvalidParameter", "Unable to assume given IAM role", "the role is not known everywhere yet"),
    )

    def create(self, op: Operation) -> str:
        made = op.client.create_flow_logs(
            ResourceType="VPC",
            ResourceIds=[op.new["vpcId"]],
            **op.given(
                TrafficType="trafficType",
                LogDestinationType="logDestinationType",
                LogDestination="logDestination",
                DeliverLogsPermissionArn="iamRoleArn",
                MaxAggregationInterval="maxAggregationInterval",
            ),
            **specified("vpc-flow-log", op.tags),
        )
        # AWS answers 200 to what it refused.
        for refused in made.get("Unsuccessful", []):
            raise PluginError(f"{self.token}: AWS refused: {refused['Error']['Code']}: {refused['Error']['Message']}")
        return str(made["FlowLogIds"][0])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        found = one(op.client.describe_flow_logs(FlowLogIds=[identifier])["FlowLogs"])
        if found is None:
            return None
        return {
            "vpcId": found["ResourceId"],
            "trafficType": found.get("TrafficType"),
            "logDestinationType": found["LogDestinationType"],
            "logDestination": found.get("LogDestination"),
            "iamRoleArn": found.get("DeliverLogsPermissionArn"),
            "maxAggregationInterval": found["MaxAggregationInterval"],
            "logFormat": found["LogFormat"],
            "arn": arn(op, f"vpc-flow-log/{identifier}"),
            "tagsAll": tags_of(found),
        }

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_flow_logs(FlowLogIds=[identifier])
