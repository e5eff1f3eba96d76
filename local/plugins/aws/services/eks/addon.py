"""Add-ons."""

from __future__ import annotations

from typing import Any

from pulumi_aws import eks

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.eks.answers import state_of
from local.plugins.aws.services.eks.tagging import EksTagging
from local.plugins.aws.shapes import from_api
from local.plugins.waiting import State


class Addon(Kind):
    """Its id is `cluster:add-on`."""

    sdk, service = eks.Addon, "eks"
    carries = words(
        "addonName addonVersion clusterName configurationValues preserve resolveConflictsOnCreate "
        "resolveConflictsOnUpdate serviceAccountRoleArn tags"
    )
    fixed = words("addonName clusterName")
    write_only = words("preserve resolveConflictsOnCreate resolveConflictsOnUpdate")
    volatile = words("modifiedAt")
    tagging = EksTagging()
    seconds = 1200

    _given = words("addonVersion configurationValues serviceAccountRoleArn")

    def create(self, op: Operation) -> str:
        op.client.create_addon(
            tags=op.tags,
            **op.given(
                addonName="addonName",
                clusterName="clusterName",
                resolveConflicts="resolveConflictsOnCreate",
                **{name: name for name in self._given},
            ),
        )
        return f"{op.new['clusterName']}:{op.new['addonName']}"

    def read(self, op: Operation, identifier: str) -> Properties:
        found = self._found(op, identifier)
        return {
            **from_api(self.inputs, found),
            "arn": found["addonArn"],
            "createdAt": found["createdAt"].isoformat(),
            "modifiedAt": found["modifiedAt"].isoformat(),
        }

    def update(self, op: Operation, identifier: str) -> None:
        changed = {name: op.new.get(name, "") for name in self._given & op.changed}
        if changed:
            cluster, _, name = identifier.partition(":")
            conflicts = op.given(resolveConflicts="resolveConflictsOnUpdate")
            op.client.update_addon(clusterName=cluster, addonName=name, **changed, **conflicts)

    def delete(self, op: Operation, identifier: str) -> None:
        cluster, _, name = identifier.partition(":")
        op.client.delete_addon(clusterName=cluster, addonName=name, preserve=op.last.get("preserve", False))

    def state(self, op: Operation, live: Properties) -> State:  # noqa: ARG002  the base class fixes the signature
        # The SDK shows no status of an add-on.
        return state_of(self._found(op, op.identifier)["status"])

    def _found(self, op: Operation, identifier: str) -> dict[str, Any]:
        cluster, _, name = identifier.partition(":")
        found: dict[str, Any] = op.client.describe_addon(clusterName=cluster, addonName=name)["addon"]
        return found
