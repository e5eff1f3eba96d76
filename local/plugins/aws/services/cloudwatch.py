"""CloudWatch: log groups. (In the SDK one module; in boto3 the clients `logs`, `cloudwatch` and `events`.)"""

from __future__ import annotations

from typing import Any

from pulumi_aws import cloudwatch

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.tagging import Tagging


class LogGroup(Kind):
    sdk, service = cloudwatch.LogGroup, "logs"
    carries = words("name retentionInDays kmsKeyId logGroupClass tags")
    fixed = words("name logGroupClass")
    naming = Naming("name", longest=512)
    tagging = Tagging(
        "tag_resource", "untag_resource", "list_tags_for_resource", "resourceArn",
        tags="tags", keys="tagKeys", found="tags", in_pairs=False,
    )  # fmt: skip

    def create(self, op: Operation) -> str:
        name = str(op.new["name"])
        tags = {"tags": op.tags} if op.tags else {}
        op.client.create_log_group(
            logGroupName=name, **tags, **op.given(kmsKeyId="kmsKeyId", logGroupClass="logGroupClass")
        )
        op.created(name)
        if op.new.get("retentionInDays"):
            self._retain(op, name)
        return name

    def read(self, op: Operation, identifier: str) -> Properties | None:
        pages = op.client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=identifier)
        groups: list[dict[str, Any]] = [group for page in pages for group in page["logGroups"]]
        found = next((group for group in groups if group["logGroupName"] == identifier), None)
        if found is None:
            return None
        return {
            "name": identifier,
            "arn": found["arn"].removesuffix(":*"),
            "retentionInDays": found.get("retentionInDays", 0),
            "kmsKeyId": found.get("kmsKeyId", ""),
            "logGroupClass": found.get("logGroupClass", "STANDARD"),
        }

    def update(self, op: Operation, identifier: str) -> None:
        if "retentionInDays" in op.changed:
            self._retain(op, identifier)
        if "kmsKeyId" in op.changed:
            if key := op.new.get("kmsKeyId"):
                op.client.associate_kms_key(logGroupName=identifier, kmsKeyId=key)
            else:
                op.client.disassociate_kms_key(logGroupName=identifier)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_log_group(logGroupName=identifier)

    def _retain(self, op: Operation, name: str) -> None:
        """0 days mean for ever."""
        if days := op.new.get("retentionInDays"):
            op.client.put_retention_policy(logGroupName=name, retentionInDays=days)
        else:
            op.client.delete_retention_policy(logGroupName=name)
