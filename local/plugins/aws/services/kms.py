"""KMS: keys and their aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_aws import kms

from local.plugins.aws.kind import Eventual, Kind, Properties, words
from local.plugins.aws.operation import Operation
from local.plugins.aws.tagging import Tagging

_POLICY = "default"
# AWS' own if the program does not say.
_DELETION_DAYS = 30
# A key that is on its way out is of no use to anybody, but keeps its id for days.
_GOING = ("PendingDeletion", "PendingReplicaDeletion")


class Key(Kind):
    """Deletion is scheduled: AWS destroys a key only some days later."""

    sdk, service = kms.Key, "kms"
    carries = words("description policy enableKeyRotation deletionWindowInDays tags")
    write_only = words("deletionWindowInDays")
    tagging = Tagging(
        "tag_resource", "untag_resource", "list_resource_tags", "KeyId", by="keyId", key="TagKey", value="TagValue"
    )
    eventual = (
        Eventual(
            "MalformedPolicyDocumentException", "principal", "a principal of the policy is not known everywhere yet"
        ),
    )

    def create(self, op: Operation) -> str:
        tags = {"Tags": self.tagging.form(op.tags)} if op.tags else {}
        made = op.client.create_key(**op.given(Description="description", Policy="policy"), **tags)
        identifier = op.created(str(made["KeyMetadata"]["KeyId"]))
        if op.new.get("enableKeyRotation"):
            op.client.enable_key_rotation(KeyId=identifier)
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties | None:
        key = op.client.describe_key(KeyId=identifier)["KeyMetadata"]
        if key["KeyState"] in _GOING:
            return None
        return {
            "description": key.get("Description", ""),
            "policy": op.client.get_key_policy(KeyId=identifier, PolicyName=_POLICY)["Policy"],
            "enableKeyRotation": op.client.get_key_rotation_status(KeyId=identifier)["KeyRotationEnabled"],
            "isEnabled": key["Enabled"],
            "keyUsage": key.get("KeyUsage", "ENCRYPT_DECRYPT"),
            "customerMasterKeySpec": key["CustomerMasterKeySpec"],
            "multiRegion": key.get("MultiRegion", False),
            "keyId": identifier,
            "arn": key["Arn"],
        }

    def update(self, op: Operation, identifier: str) -> None:
        if "description" in op.changed:
            op.client.update_key_description(KeyId=identifier, Description=op.new.get("description", ""))
        if "policy" in op.changed and op.new.get("policy"):
            op.client.put_key_policy(KeyId=identifier, PolicyName=_POLICY, Policy=op.new["policy"])
        if "enableKeyRotation" in op.changed:
            rotate = (
                op.client.enable_key_rotation if op.new.get("enableKeyRotation") else op.client.disable_key_rotation
            )
            rotate(KeyId=identifier)

    def delete(self, op: Operation, identifier: str) -> None:
        if self.read(op, identifier):
            days = op.last.get("deletionWindowInDays", _DELETION_DAYS)
            op.client.schedule_key_deletion(KeyId=identifier, PendingWindowInDays=days)


class Alias(Kind):
    """Its id is its name."""

    sdk, service = kms.Alias, "kms"
    carries = words("name targetKeyId")
    fixed = words("name")
    delete_first = True

    def create(self, op: Operation) -> str:
        op.client.create_alias(AliasName=op.new["name"], TargetKeyId=op.new["targetKeyId"])
        return str(op.new["name"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        pages = op.client.get_paginator("list_aliases").paginate()
        aliases: list[dict[str, Any]] = [alias for page in pages for alias in page["Aliases"]]
        found = next((alias for alias in aliases if alias["AliasName"] == identifier), None)
        if found is None:
            return None
        key = found["TargetKeyId"]
        key_arn = found["AliasArn"].removesuffix(identifier) + f"key/{key}"
        # A program may say either; AWS tells the id.
        by_arn = str((op.new or op.last).get("targetKeyId", "")).startswith("arn:")
        return {
            "name": identifier,
            "arn": found["AliasArn"],
            "targetKeyId": key_arn if by_arn else key,
            "targetKeyArn": key_arn,
        }

    def update(self, op: Operation, identifier: str) -> None:
        op.client.update_alias(AliasName=identifier, TargetKeyId=op.new["targetKeyId"])

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_alias(AliasName=identifier)

    def invalid(self, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
        name = inputs.get("name", "")
        if isinstance(name, str) and not name.startswith("alias/"):
            return [("name", f"name is {name!r}; it has to begin with alias/ (names are not made for aliases)")]
        return []
