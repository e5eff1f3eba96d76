"""What instances share: their parameters and their subnets."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from pulumi_aws import rds

from local.plugins.aws.errors import is_absent
from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.rds.tagging import TAGGING

# What the official plugin writes where the program says nothing.
_DESCRIPTION = "Managed by Pulumi"
# The most that one ModifyDBParameterGroup takes.
_PARAMETERS_AT_ONCE = 20


class ParameterGroup(Kind):
    sdk, service = rds.ParameterGroup, "rds"
    carries = words("name family description parameters tags")
    fixed = words("name family description")
    unordered = words("parameters")
    naming = Naming("name", longest=255, lower=True)
    tagging = TAGGING

    def create(self, op: Operation) -> str:
        op.client.create_db_parameter_group(
            DBParameterGroupName=op.new["name"],
            DBParameterGroupFamily=op.new["family"],
            Description=op.new.get("description", _DESCRIPTION),
            Tags=self.tagging.form(op.tags),
        )
        op.created(op.new["name"])
        self._set(op, op.identifier, op.new.get("parameters", []))
        return op.identifier

    def read(self, op: Operation, identifier: str) -> Properties | None:
        groups = op.client.describe_db_parameter_groups(DBParameterGroupName=identifier)["DBParameterGroups"]
        if not groups:  # moto's way to say that there is none
            return None
        found = groups[0]
        pages = op.client.get_paginator("describe_db_parameters").paginate(
            DBParameterGroupName=identifier, Source="user"
        )
        return {
            "name": identifier,
            "arn": found["DBParameterGroupArn"],
            "family": found["DBParameterGroupFamily"],
            "description": found["Description"],
            "parameters": [_parameter(one) for page in pages for one in page["Parameters"]],
        }

    def update(self, op: Operation, identifier: str) -> None:
        new, old = op.new.get("parameters", []), op.last.get("parameters", [])
        self._set(op, identifier, [parameter for parameter in new if parameter not in old])
        kept = {parameter["name"] for parameter in new}
        if any(parameter["name"] not in kept for parameter in old):
            op.recorded_only("reset_db_parameter_group")

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_db_parameter_group(DBParameterGroupName=identifier)

    def _set(self, op: Operation, group: str, parameters: list[dict[str, Any]]) -> None:
        for start in range(0, len(parameters), _PARAMETERS_AT_ONCE):
            wanted = [
                {
                    "ParameterName": parameter["name"],
                    "ParameterValue": parameter["value"],
                    "ApplyMethod": parameter.get("applyMethod", "immediate"),
                }
                for parameter in parameters[start : start + _PARAMETERS_AT_ONCE]
            ]
            op.client.modify_db_parameter_group(DBParameterGroupName=group, Parameters=wanted)


class SubnetGroup(Kind):
    sdk, service = rds.SubnetGroup, "rds"
    carries = words("name description subnetIds tags")
    fixed = words("name")
    unordered = words("subnetIds")
    naming = Naming("name", longest=255, lower=True)
    tagging = TAGGING

    def create(self, op: Operation) -> str:
        made = op.client.create_db_subnet_group(**self._wanted(op, op.new["name"]), Tags=self.tagging.form(op.tags))
        return str(made["DBSubnetGroup"]["DBSubnetGroupName"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.describe_db_subnet_groups(DBSubnetGroupName=identifier)["DBSubnetGroups"][0]
        return {
            "name": identifier,
            "arn": found["DBSubnetGroupArn"],
            "description": found["DBSubnetGroupDescription"],
            "subnetIds": [subnet["SubnetIdentifier"] for subnet in found["Subnets"]],
            "supportedNetworkTypes": found.get("SupportedNetworkTypes", []),
            "vpcId": found["VpcId"],
        }

    def update(self, op: Operation, identifier: str) -> None:
        op.client.modify_db_subnet_group(**self._wanted(op, identifier))
        try:
            op.client.describe_db_subnet_groups(DBSubnetGroupName=identifier)
        except ClientError as error:
            if not is_absent(error):
                raise
            # moto loses the group that it changes; instances keep what they know of it.
            self.create(op)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_db_subnet_group(DBSubnetGroupName=identifier)

    def _wanted(self, op: Operation, name: str) -> dict[str, Any]:
        description = op.new.get("description", _DESCRIPTION)
        return {
            "DBSubnetGroupName": name,
            "DBSubnetGroupDescription": description,
            "SubnetIds": op.new["subnetIds"],
        }


def _parameter(found: dict[str, Any]) -> Properties:
    return {
        "name": found["ParameterName"],
        "value": found.get("ParameterValue", ""),
        "applyMethod": found["ApplyMethod"],
    }
