"""Who may use a cluster."""

from __future__ import annotations

from pulumi_aws import eks

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.eks.tagging import EksTagging
from local.plugins.aws.shapes import from_api, to_api


class AccessEntry(Kind):
    """Its id is `cluster:principal`."""

    sdk, service = eks.AccessEntry, "eks"
    carries = words("clusterName kubernetesGroups principalArn tags type userName")
    fixed = words("clusterName principalArn type")
    unordered = words("kubernetesGroups")
    volatile = words("modifiedAt")
    tagging = EksTagging(by="accessEntryArn")

    def create(self, op: Operation) -> str:
        wanted = {name: op.new[name] for name in self.carries - {"tags"} if name in op.new}
        op.client.create_access_entry(**to_api(op.client, "create_access_entry", wanted), tags=op.tags)
        return f"{op.new['clusterName']}:{op.new['principalArn']}"

    def read(self, op: Operation, identifier: str) -> Properties:
        cluster, _, principal = identifier.partition(":")
        found = op.client.describe_access_entry(clusterName=cluster, principalArn=principal)["accessEntry"]
        return {
            **from_api(self.inputs, found),
            "accessEntryArn": found["accessEntryArn"],
            "createdAt": found["createdAt"].isoformat(),
            "modifiedAt": found["modifiedAt"].isoformat(),
        }

    def update(self, op: Operation, identifier: str) -> None:
        cluster, _, principal = identifier.partition(":")
        names = op.given(username="userName")
        groups = op.new.get("kubernetesGroups", [])
        op.client.update_access_entry(clusterName=cluster, principalArn=principal, kubernetesGroups=groups, **names)

    def delete(self, op: Operation, identifier: str) -> None:
        cluster, _, principal = identifier.partition(":")
        op.client.delete_access_entry(clusterName=cluster, principalArn=principal)


class AccessPolicyAssociation(Kind):
    """Its id is `cluster#principal#policy`."""

    sdk, service = eks.AccessPolicyAssociation, "eks"
    carries = words("accessScope clusterName policyArn principalArn")
    fixed = carries

    def create(self, op: Operation) -> str:
        op.client.associate_access_policy(**{name: op.new[name] for name in self.carries})
        return "#".join([op.new["clusterName"], op.new["principalArn"], op.new["policyArn"]])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        cluster, principal, policy = identifier.split("#")
        pages = op.client.get_paginator("list_associated_access_policies").paginate(
            clusterName=cluster, principalArn=principal
        )
        found = next(
            (one for page in pages for one in page["associatedAccessPolicies"] if one["policyArn"] == policy), None
        )
        return found and {
            "clusterName": cluster,
            "principalArn": principal,
            "policyArn": policy,
            "accessScope": {name: value for name, value in found["accessScope"].items() if value},
            "associatedAt": found["associatedAt"].isoformat(),
            "modifiedAt": found["modifiedAt"].isoformat(),
        }

    def delete(self, op: Operation, identifier: str) -> None:
        cluster, principal, policy = identifier.split("#")
        op.client.disassociate_access_policy(clusterName=cluster, principalArn=principal, policyArn=policy)
