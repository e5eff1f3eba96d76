"""Clusters.

The emulated EKS has no API server: `endpoint` and `certificateAuthority` of its clusters are those of the cluster that
stands in for it, from the environment that `local.aws.eks.cluster` gives.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pulumi_aws import eks

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.eks.answers import said, state_of
from local.plugins.aws.services.eks.tagging import EksTagging
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.errors import PluginError
from local.plugins.waiting import State


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
        live |= said(op, "enabledClusterLogTypes", "version")
        for name in ("accessConfig", "vpcConfig"):
            live[name] = live.get(name, {}) | said(op, name).get(name, {})
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
        return state_of(live["status"])

    def also_fixed(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
        """Secrets can be encrypted later, but neither with another key nor never again."""
        was, is_ = old.get("encryptionConfig"), new.get("encryptionConfig")
        return words("encryptionConfig") if was and was != is_ else frozenset()


def _logging(kinds: list[str]) -> dict[str, Any]:
    return {"clusterLogging": [{"types": kinds, "enabled": True}] if kinds else []}


def _api_server(op: Operation, found: Mapping[str, Any]) -> tuple[str, str]:
    """URL and authority of the Kubernetes that the cluster is."""
    endpoint, authority = os.environ.get("MLOPS_EKS_ENDPOINT"), os.environ.get("MLOPS_EKS_CA")
    if endpoint and authority and op.session.is_emulated(op.service):
        return endpoint, authority
    return found["endpoint"], found["certificateAuthority"]["data"]
