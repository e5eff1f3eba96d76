"""Launch templates."""

from __future__ import annotations

from typing import Any

from pulumi_aws import ec2

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.ec2.tagging import TAGGING, arn, filtered, one, specified, tags_of
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.aws.tagging import from_pairs, pairs

_DATA = words("blockDeviceMappings metadataOptions tagSpecifications vpcSecurityGroupIds")
_RENAMED = {"vpcSecurityGroupIds": "SecurityGroupIds"}
# Texts in the SDK, truth values in the API.
_SWITCHES = ("encrypted", "deleteOnTermination")


class LaunchTemplate(Kind):
    """Every change of what it says makes a new version; the default version stays the first."""

    sdk, service = ec2.LaunchTemplate, "ec2"
    carries = _DATA | words("name description tags")
    fixed = words("name")
    unordered = words("vpcSecurityGroupIds")
    volatile = words("latestVersion")
    naming = Naming("name", longest=128)
    tagging = TAGGING
    absent = words("InvalidLaunchTemplateName.NotFoundException InvalidLaunchTemplateId.NotFoundException")

    def create(self, op: Operation) -> str:
        made = op.client.create_launch_template(
            LaunchTemplateName=op.new["name"],
            LaunchTemplateData=_data(op, "create_launch_template"),
            **op.given(VersionDescription="description"),
            **specified("launch-template", op.tags),
        )
        return str(made["LaunchTemplate"]["LaunchTemplateId"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        template = one(op.client.describe_launch_templates(LaunchTemplateIds=[identifier])["LaunchTemplates"])
        if template is None:
            return None
        versions = op.client.describe_launch_template_versions(LaunchTemplateId=identifier, Versions=["$Latest"])
        version = versions["LaunchTemplateVersions"][0]
        shown = _shown(from_api(self.inputs, version["LaunchTemplateData"], **_RENAMED))
        return {
            **{name: shown.get(name) for name in _DATA},
            "name": template["LaunchTemplateName"],
            "description": version.get("VersionDescription"),
            "defaultVersion": template["DefaultVersionNumber"],
            "latestVersion": template["LatestVersionNumber"],
            "arn": arn(op, f"launch-template/{identifier}"),
            "tagsAll": tags_of({"Tags": self._tags(op, identifier)}),
        }

    def update(self, op: Operation, identifier: str) -> None:
        op.client.create_launch_template_version(
            LaunchTemplateId=identifier,
            LaunchTemplateData=_data(op, "create_launch_template_version"),
            **op.given(VersionDescription="description"),
        )

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_launch_template(LaunchTemplateId=identifier)

    def _tags(self, op: Operation, identifier: str) -> list[dict[str, str]]:
        """moto's description of a template keeps the tags of its creation; its list of tags is right."""
        pages = op.client.get_paginator("describe_tags").paginate(Filters=filtered(resource_id=identifier))
        return [tag for page in pages for tag in page["Tags"]]


def _data(op: Operation, operation: str) -> dict[str, Any]:
    given = {name: op.new[name] for name in _DATA if name in op.new}
    if mappings := given.get("blockDeviceMappings"):
        given["blockDeviceMappings"] = [_with_disk(mapping, lambda text: text == "true") for mapping in mappings]
    if kinds := given.get("tagSpecifications"):
        given["tagSpecifications"] = [kind | {"tags": pairs(kind.get("tags") or {})} for kind in kinds]
    data: dict[str, Any] = to_api(op.client, operation, {"launchTemplateData": given}, **_RENAMED)["LaunchTemplateData"]
    return data


def _shown(data: dict[str, Any]) -> dict[str, Any]:
    if mappings := data.get("blockDeviceMappings"):
        data["blockDeviceMappings"] = [_with_disk(mapping, lambda on: str(on).lower()) for mapping in mappings]
    if kinds := data.get("tagSpecifications"):
        data["tagSpecifications"] = [
            kind | {"tags": from_pairs(kind.get("tags") or [])}
            for kind in kinds
            # moto puts the template's own tags in here.
            if kind["resourceType"] != "launch-template"
        ]
    return data


def _with_disk(mapping: dict[str, Any], switched: Any) -> dict[str, Any]:
    disk = mapping.get("ebs") or {}
    changed = {name: switched(disk[name]) for name in _SWITCHES if name in disk}
    return mapping | ({"ebs": disk | changed} if disk else {})
