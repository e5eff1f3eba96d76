"""Roles of pods."""

from __future__ import annotations

from pulumi_aws import eks

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.eks.tagging import EksTagging
from local.plugins.aws.shapes import from_api
from local.plugins.waiting import Ready, State


class PodIdentityAssociation(Kind):
    """Imported by `cluster,association`."""

    sdk, service = eks.PodIdentityAssociation, "eks"
    carries = words("clusterName disableSessionTags namespace roleArn serviceAccount tags targetRoleArn")
    fixed = words("clusterName namespace serviceAccount")
    # ministack answers the tags of the creation, and has no call for them.
    tagging = EksTagging(by="associationArn", listing="")

    def create(self, op: Operation) -> str:
        wanted = {name: op.new[name] for name in self.carries - {"tags"} if name in op.new}
        made = op.client.create_pod_identity_association(**wanted, tags=op.tags)
        return str(made["association"]["associationId"])

    def read(self, op: Operation, identifier: str) -> Properties:
        cluster, _, association = identifier.rpartition(",")
        op.identifier = association
        found = op.client.describe_pod_identity_association(
            clusterName=cluster or op.known["clusterName"], associationId=association
        )["association"]
        outputs = {name: found.get(name) for name in ("associationArn", "associationId", "externalId")}
        tags = op.tags if op.new else op.last.get("tagsAll", found["tags"])
        return from_api(self.inputs, found) | outputs | {"tagsAll": tags}

    def update(self, op: Operation, identifier: str) -> None:
        changed = {name: op.new.get(name) for name in op.changed & words("disableSessionTags roleArn targetRoleArn")}
        if changed:
            # Not given any more: session tags are back, and no second role is taken.
            empty = {"disableSessionTags": False, "targetRoleArn": ""}
            wanted = {name: empty[name] if value is None else value for name, value in changed.items()}
            op.client.update_pod_identity_association(
                clusterName=op.new["clusterName"], associationId=identifier, **wanted
            )

    def state(self, op: Operation, live: Properties) -> State:  # noqa: ARG002  the base class fixes the signature
        if op.changed & {"tags", "tagsAll"}:
            op.recorded_only("tag_resource")
        return Ready()

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_pod_identity_association(clusterName=op.last["clusterName"], associationId=identifier)
