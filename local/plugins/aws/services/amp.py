"""Amazon Managed Service for Prometheus."""
# ruff: noqa: ARG002  the base class fixes the signature of every method

from __future__ import annotations

import uuid

from botocore.exceptions import ClientError
from pulumi_aws import amp

from local.plugins.aws.errors import is_absent
from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.recorded import Recorded
from local.plugins.aws.tagging import Tagging
from local.plugins.waiting import Failed, Pending, Ready, State

_TAGGING = Tagging(
    "tag_resource", "untag_resource", "list_tags_for_resource", "resourceArn",
    tags="tags", keys="tagKeys", found="tags", in_pairs=False,
)  # fmt: skip


def _state(status: str, reason: str) -> State:
    if status == "ACTIVE":
        return Ready()
    return Failed(f"{status}: {reason}") if "FAILED" in status else Pending(f"waiting while {status}")


class Workspace(Kind):
    sdk, service = amp.Workspace, "amp"
    carries = words("alias kmsKeyArn loggingConfiguration tags")
    fixed = words("kmsKeyArn")
    tagging = _TAGGING

    def create(self, op: Operation) -> str:
        made = op.client.create_workspace(tags=dict(op.tags), **op.given(alias="alias", kmsKeyArn="kmsKeyArn"))
        identifier = op.created(str(made["workspaceId"]))
        if logging := op.new.get("loggingConfiguration"):
            op.client.create_logging_configuration(workspaceId=identifier, logGroupArn=logging["logGroupArn"])
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.describe_workspace(workspaceId=identifier)["workspace"]
        return {
            "alias": found.get("alias", ""),
            "arn": found["arn"],
            "prometheusEndpoint": found.get("prometheusEndpoint", ""),
            # moto forgets the key.
            "kmsKeyArn": found.get("kmsKeyArn") or op.known.get("kmsKeyArn"),
            "loggingConfiguration": self._logging(op, identifier),
        }

    def update(self, op: Operation, identifier: str) -> None:
        if "alias" in op.changed:
            op.client.update_workspace_alias(workspaceId=identifier, **op.given(alias="alias"))
        if "loggingConfiguration" not in op.changed:
            return
        logging = op.new.get("loggingConfiguration")
        if not logging:
            op.client.delete_logging_configuration(workspaceId=identifier)
        elif self._logging(op, identifier):
            op.client.update_logging_configuration(workspaceId=identifier, logGroupArn=logging["logGroupArn"])
        else:
            op.client.create_logging_configuration(workspaceId=identifier, logGroupArn=logging["logGroupArn"])

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_workspace(workspaceId=identifier)

    def state(self, op: Operation, live: Properties) -> State:
        found = op.client.describe_workspace(workspaceId=live["id"])["workspace"]
        return _state(found["status"]["statusCode"], "AWS gives no reason")

    def _logging(self, op: Operation, identifier: str) -> Properties | None:
        try:
            found = op.client.describe_logging_configuration(workspaceId=identifier)["loggingConfiguration"]
        except ClientError as error:
            if is_absent(error):
                return None
            raise
        return {"logGroupArn": found["logGroupArn"]} if found else None


class RuleGroupNamespace(Kind):
    """Its id is its ARN, which ends in `workspace/name`."""

    sdk, service = amp.RuleGroupNamespace, "amp"
    carries = words("name workspaceId data tags")
    fixed = words("name workspaceId")
    naming = Naming("name", longest=64)
    tagging = _TAGGING

    def create(self, op: Operation) -> str:
        made = op.client.create_rule_groups_namespace(
            workspaceId=op.new["workspaceId"],
            name=op.new["name"],
            data=op.new["data"].encode(),
            tags=dict(op.tags),
        )
        return str(made["arn"])

    def read(self, op: Operation, identifier: str) -> Properties:
        workspace, name = identifier.split("/")[-2:]
        found = op.client.describe_rule_groups_namespace(workspaceId=workspace, name=name)["ruleGroupsNamespace"]
        return {"name": name, "workspaceId": workspace, "arn": found["arn"], "data": found["data"].decode()}

    def update(self, op: Operation, identifier: str) -> None:
        workspace, name = identifier.split("/")[-2:]
        op.client.put_rule_groups_namespace(workspaceId=workspace, name=name, data=op.new["data"].encode())

    def delete(self, op: Operation, identifier: str) -> None:
        workspace, name = identifier.split("/")[-2:]
        op.client.delete_rule_groups_namespace(workspaceId=workspace, name=name)

    def state(self, op: Operation, live: Properties) -> State:
        found = op.client.describe_rule_groups_namespace(workspaceId=live["workspaceId"], name=live["name"])
        status = found["ruleGroupsNamespace"]["status"]
        return _state(status["statusCode"], status.get("statusReason", "AWS gives no reason"))


class AlertManagerDefinition(Recorded):
    """Its id is the workspace's."""

    sdk, service = amp.AlertManagerDefinition, "amp"
    carries = words("workspaceId definition")
    fixed = words("workspaceId")

    def identify(self, op: Operation) -> str:
        return str(op.new["workspaceId"])


class Scraper(Recorded):
    sdk, service = amp.Scraper, "amp"
    carries = words("alias source destination scrapeConfiguration tags")
    fixed = words("source")

    def identify(self, op: Operation) -> str:
        return f"s-{uuid.uuid4()}"

    def computed(self, op: Operation, identifier: str) -> Properties:
        own = f"{op.account}:role/aws-service-role/scraper.aps.amazonaws.com"
        return {
            "arn": f"arn:aws:aps:{op.region}:{op.account}:scraper/{identifier}",
            "roleArn": f"arn:aws:iam::{own}/AWSServiceRoleForAmazonPrometheusScraper_{identifier[2:15]}",
        }
