"""Nested properties ↔ an API's structures, where they differ in the spelling of names only: `subnetIds` ↔ `SubnetIds`.

Driven by botocore's model of the operation one way and by the SDK's types the other way, so free keys (tags, variables)
stay as they are. A property that the operation has no place for is an error, never swallowed: give it in `renames`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local.plugins.aws.schema import Fields, Shape, fields_of
from local.plugins.errors import PluginError


def to_api(client: Any, operation: str, value: Mapping[str, Any], **renames: str) -> dict[str, Any]:
    """Parameters of a boto3 method: `to_api(op.client, "create_cluster", wanted, vpcConfig="resourcesVpcConfig")`."""
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    fitted: dict[str, Any] = _fit(model.input_shape, value, renames, operation)
    return fitted


def from_api(fields: Fields, found: Mapping[str, Any], **renames: str) -> dict[str, Any]:
    """The properties of `fields` that an answer holds; `renames` are from properties to the answer's names."""
    members = {name.lower(): value for name, value in found.items()}
    shown = {name: members.get(renames.get(name, name).lower()) for name in fields.shapes}
    return {name: _show(fields.shapes[name], value, renames) for name, value in shown.items() if value is not None}


def _fit(shape: Any, value: Any, renames: Mapping[str, str], where: str) -> Any:
    if shape.type_name == "list":
        # A block that may stand once is an object in the SDK and a list in some APIs.
        items = value if isinstance(value, list) else [value]
        return [_fit(shape.member, item, renames, where) for item in items]
    if shape.type_name != "structure":
        return value
    members = {name.lower(): name for name in shape.members}
    fitted = {}
    for name, item in value.items():
        member = members.get(renames.get(name, name).lower())
        if member is None:
            raise PluginError(f"{where} has no place for {name}; it has: {', '.join(sorted(shape.members))}")
        fitted[member] = _fit(shape.members[member], item, renames, f"{where}.{member}")
    return fitted


def _show(shape: Shape, value: Any, renames: Mapping[str, str]) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if shape.kind == "object" and shape.args:
        one = value[0] if isinstance(value, list) and value else value
        return from_api(fields_of(shape.args), one, **renames) if isinstance(one, dict) else None
    if shape.kind == "list" and shape.item and isinstance(value, list):
        return [_show(shape.item, item, renames) for item in value]
    return value
