"""Application Auto Scaling."""
# ruff: noqa: ARG002  the base class fixes the signature of every method

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_aws import appautoscaling

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.aws.tagging import Tagging

_ADDRESS = ("serviceNamespace", "resourceId", "scalableDimension")


@dataclass(frozen=True)
class _RecordedTags(Tagging):
    """Tags that are sent on creation and then only recorded: `Target.read` answers them."""

    def change(
        self, client: Any, properties: Mapping[str, Any], have: Mapping[str, str], want: Mapping[str, str]
    ) -> None:
        """There is nothing to call."""


class Target(Kind):
    """Its id is the resource's; an import takes `namespace/resource/dimension`."""

    sdk, service = appautoscaling.Target, "application-autoscaling"
    carries = words("serviceNamespace resourceId scalableDimension minCapacity maxCapacity tags")
    fixed = frozenset(_ADDRESS)
    tagging = _RecordedTags("", "", "", "")

    def create(self, op: Operation) -> str:
        self._register(op, Tags=dict(op.tags))
        if op.tags:
            op.recorded_only("list_tags_for_resource")
        return str(op.new["resourceId"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        address = self._address(op, identifier)
        found = op.client.describe_scalable_targets(
            ServiceNamespace=address["serviceNamespace"],
            ResourceIds=[address["resourceId"]],
            ScalableDimension=address["scalableDimension"],
        )["ScalableTargets"]
        if not found:
            return None
        op.identifier = address["resourceId"]
        tags = op.tags if op.new else op.last.get("tagsAll", {})
        return from_api(self.inputs, found[0]) | {"arn": found[0]["ScalableTargetARN"], "tagsAll": dict(tags)}

    def update(self, op: Operation, identifier: str) -> None:
        self._register(op)

    def delete(self, op: Operation, identifier: str) -> None:
        address = to_api(op.client, "deregister_scalable_target", self._address(op, identifier))
        op.client.deregister_scalable_target(**address)

    def _register(self, op: Operation, **more: Any) -> None:
        wanted = {name: value for name, value in op.new.items() if name not in ("tags", "region")}
        op.client.register_scalable_target(**to_api(op.client, "register_scalable_target", wanted), **more)

    def _address(self, op: Operation, identifier: str) -> dict[str, str]:
        if op.known:
            return {part: op.known[part] for part in _ADDRESS}
        namespace, _, rest = identifier.partition("/")
        resource, _, dimension = rest.rpartition("/")
        return {"serviceNamespace": namespace, "resourceId": resource, "scalableDimension": dimension}


class Policy(Kind):
    """Its id is its name; an import takes `namespace/resource/dimension/name`."""

    sdk, service = appautoscaling.Policy, "application-autoscaling"
    carries = words(
        "name policyType serviceNamespace resourceId scalableDimension targetTrackingScalingPolicyConfiguration"
    )
    fixed = words("name policyType") | set(_ADDRESS)
    naming = Naming("name", longest=255)
    volatile = words("alarmArns")

    def create(self, op: Operation) -> str:
        self.update(op, "")
        return str(op.new["name"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        address, name = self._place(op, identifier)
        found = op.client.describe_scaling_policies(
            **to_api(op.client, "describe_scaling_policies", address), PolicyNames=[name]
        )["ScalingPolicies"]
        if not found:
            return None
        op.identifier = name
        return from_api(self.inputs, found[0], name="PolicyName") | {
            "arn": found[0]["PolicyARN"],
            "alarmArns": [alarm["AlarmARN"] for alarm in found[0]["Alarms"]],
        }

    def update(self, op: Operation, identifier: str) -> None:
        wanted = {name: value for name, value in op.new.items() if name != "region"}
        op.client.put_scaling_policy(**to_api(op.client, "put_scaling_policy", wanted, name="PolicyName"))

    def delete(self, op: Operation, identifier: str) -> None:
        address, name = self._place(op, identifier)
        op.client.delete_scaling_policy(PolicyName=name, **to_api(op.client, "delete_scaling_policy", address))

    def _place(self, op: Operation, identifier: str) -> tuple[dict[str, str], str]:
        if op.known:
            return {part: op.known[part] for part in _ADDRESS}, op.known["name"]
        namespace, _, rest = identifier.partition("/")
        resource, dimension, name = rest.rsplit("/", 2)
        return {"serviceNamespace": namespace, "resourceId": resource, "scalableDimension": dimension}, name
