"""EKS: clusters, their nodes and add-ons, and who may use them or is whom in them.

The emulated EKS has no API server: `endpoint` and `certificateAuthority` of its clusters are those of the cluster that
stands in for it, from the environment that `local.aws.eks.cluster` gives.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_aws import eks

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.aws.tagging import Tagging
from local.plugins.errors import PluginError
from local.plugins.waiting import Failed, Pending, Ready, State

_FAILED = ("FAILED", "CREATE_FAILED", "UPDATE_FAILED", "DEGRADED")


@dataclass(frozen=True)
class EksTagging(Tagging):
    """ministack takes one key away at a time, however many it is given."""

    tag: str = "tag_resource"
    untag: str = "untag_resource"
    listing: str = "list_tags_for_resource"
    resource: str = "resourceArn"
    tags: str = "tags"
    keys: str = "tagKeys"
    found: str = "tags"
    in_pairs: bool = False

    def change(
        self, client: Any, properties: Mapping[str, Any], have: Mapping[str, str], want: Mapping[str, str]
    ) -> None:
        for gone in sorted(have.keys() - want.keys()):
            client.untag_resource(resourceArn=properties[self.by], tagKeys=[gone])
        super().change(client, properties, {name: have[name] for name in have.keys() & want.keys()}, want)


class Cluster(Kind):
    sdk, service = eks.Cluster, "eks"
    carries = words(
        "name accessConfig bootstrapSelfManagedAddons deletionProtection enabledClusterLogTypes encryptionConfig "
        "roleArn tags upgradePolicy version vpcConfig"
    )
    fixed = words("name roleArn bootstrapSelfManagedAddons accessConfig.bootstrapClusterCreatorAdminPermissions")
    # ministack answers none of these.
    write_only = words("bootstrapSelfManagedAddons deletionProtection upgradePolicy")
    unordered = words("enabledClusterLogTypes")
    volatile = words("platformVersion status")
    naming = Naming("name", longest=100)
    tagging = EksTagging()
    seconds = 1800

    def create(self, op: Operation) -> str:
        wanted = {name: op.new[name] for name in self.carries - words("enabledClusterLogTypes tags") if name in op.new}
        logging = _logging(op.new.get("enabledClusterLogTypes", []))
        parameters = to_api(op.client, "create_cluster", wanted, vpcConfig="resourcesVpcConfig")
        made = op.client.create_cluster(**parameters, logging=logging, tags=op.tags)
        return str(made["cluster"]["name"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found: dict[str, Any] = op.client.describe_cluster(name=identifier)["cluster"]
        live = from_api(self.inputs, found, vpcConfig="resourcesVpcConfig")
        live["enabledClusterLogTypes"] = [
            kind for group in found["logging"]["clusterLogging"] if group["enabled"] for kind in group["types"]
        ]
        # A change of these is recorded only.
        live |= _said(op, "enabledClusterLogTypes", "version")
        for name in ("accessConfig", "vpcConfig"):
            live[name] = live.get(name, {}) | _said(op, name).get(name, {})
        endpoint, authority = _api_server(op, found)
        return live | {
            "arn": found["arn"],
            "endpoint": endpoint,
            "certificateAuthority": {"data": authority},
            "createdAt": found["createdAt"].isoformat(),
            "identities": [{"oidcs": [{"issuer": found["identity"]["oidc"]["issuer"]}]}],
            "platformVersion": found["platformVersion"],
            "status": found["status"],
        }

    def update(self, op: Operation, identifier: str) -> None:
        changed = set(op.changed)
        if "encryptionConfig" in changed:
            changed.remove("encryptionConfig")
            wanted = {"clusterName": identifier, "encryptionConfig": op.new["encryptionConfig"]}
            op.client.associate_encryption_config(**to_api(op.client, "associate_encryption_config", wanted))
        if "version" in changed:
            changed.remove("version")
            op.recorded_only("update_cluster_version")
        if changed - {"tags", "tagsAll"}:
            op.recorded_only("update_cluster_config")

    def delete(self, op: Operation, identifier: str) -> None:
        # ministack would delete it.
        if op.last.get("deletionProtection"):
            raise PluginError(
                f"{self.token} {identifier} is protected: set deletionProtection to false and run `pulumi up` before "
                "`pulumi destroy`"
            )
        op.client.delete_cluster(name=identifier)

    def state(self, op: Operation, live: Properties) -> State:  # noqa: ARG002  the base class fixes the signature
        return _state(live["status"])

    def also_fixed(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
        """Secrets can be encrypted later, but neither with another key nor never again."""
        was, is_ = old.get("encryptionConfig"), new.get("encryptionConfig")
        return words("encryptionConfig") if was and was != is_ else frozenset()


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
            **_said(op, "labels", "scalingConfig", "taints", "version"),
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
        return _state(live["status"])


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
        return _state(self._found(op, op.identifier)["status"])

    def _found(self, op: Operation, identifier: str) -> dict[str, Any]:
        cluster, _, name = identifier.partition(":")
        found: dict[str, Any] = op.client.describe_addon(clusterName=cluster, addonName=name)["addon"]
        return found


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
            clusterName=cluster or (op.new or op.last)["clusterName"], associationId=association
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


def _said(op: Operation, *names: str) -> Properties:
    """What the program said of these properties last."""
    known = op.new or op.last
    return {name: known[name] for name in names if name in known}


def _state(status: str) -> State:
    if status == "ACTIVE":
        return Ready()
    return Failed(f"it is {status}") if status in _FAILED else Pending(f"it is {status}")


def _logging(kinds: list[str]) -> dict[str, Any]:
    return {"clusterLogging": [{"types": kinds, "enabled": True}] if kinds else []}


def _api_server(op: Operation, found: Mapping[str, Any]) -> tuple[str, str]:
    """URL and authority of the Kubernetes that the cluster is."""
    endpoint, authority = os.environ.get("MLOPS_EKS_ENDPOINT"), os.environ.get("MLOPS_EKS_CA")
    if endpoint and authority and op.session.is_emulated(op.service):
        return endpoint, authority
    return found["endpoint"], found["certificateAuthority"]["data"]
