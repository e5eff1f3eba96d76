"""SageMaker: models, configurations of endpoints, and endpoints. Ids are names."""
# ruff: noqa: ARG002  the base class fixes the signature of every method

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from pulumi_aws import sagemaker

from local.plugins.aws.errors import code_of, message_of
from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.aws.tagging import Tagging
from local.plugins.waiting import Failed, Pending, Ready, State

_TAGGING = Tagging("add_tags", "delete_tags", "list_tags", "ResourceArn")
# SageMaker says so of what does not exist: "Could not find model …".
_ABSENT = frozenset(["ValidationException"])
_NAMING = Naming("name", longest=63)
# moto's list of instance types ends at the fifth generation. Another one stands in for newer ones, in moto only.
_STAND_IN = "ml.m5.large"


def _wanted(op: Operation) -> dict[str, Any]:
    return {name: value for name, value in op.new.items() if name not in ("tags", "region")}


class Model(Kind):
    sdk, service = sagemaker.Model, "sagemaker"
    carries = words("name executionRoleArn enableNetworkIsolation vpcConfig primaryContainer tags")
    fixed = carries - {"tags"}
    naming, tagging, absent = _NAMING, _TAGGING, _ABSENT

    def create(self, op: Operation) -> str:
        wanted = to_api(op.client, "create_model", _wanted(op), name="ModelName")
        op.client.create_model(**wanted, Tags=self.tagging.form(op.tags))
        return str(op.new["name"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.describe_model(ModelName=identifier)
        return from_api(self.inputs, found) | {"name": identifier, "arn": found["ModelArn"]}

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_model(ModelName=identifier)


class EndpointConfiguration(Kind):
    sdk, service = sagemaker.EndpointConfiguration, "sagemaker"
    carries = words("name kmsKeyArn productionVariants dataCaptureConfig tags")
    fixed = carries - {"tags"}
    naming, tagging, absent = _NAMING, _TAGGING, _ABSENT

    def create(self, op: Operation) -> str:
        wanted = _wanted(op)
        wanted["productionVariants"] = [_variant(one) for one in wanted["productionVariants"]]
        names = {"name": "EndpointConfigName", "kmsKeyArn": "KmsKeyId"}
        parameters = to_api(op.client, "create_endpoint_config", wanted, **names)
        parameters["Tags"] = self.tagging.form(op.tags)
        try:
            op.client.create_endpoint_config(**parameters)
        except ClientError as error:
            if code_of(error) != "ValidationException" or "at 'instanceType' failed" not in message_of(error):
                raise
            op.recorded_only("create_endpoint_config")
            for variant in parameters["ProductionVariants"]:
                variant["InstanceType"] = _STAND_IN
            op.client.create_endpoint_config(**parameters)
        return str(op.new["name"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.describe_endpoint_config(EndpointConfigName=identifier)
        shown = from_api(self.inputs, found, kmsKeyArn="KmsKeyId", routingConfigs="RoutingConfig")
        for position, variant in enumerate(shown["productionVariants"]):
            if routing := variant.get("routingConfigs"):
                variant["routingConfigs"] = [{"routingStrategy": routing["RoutingStrategy"]}]
            known = op.known.get("productionVariants", [])[position : position + 1]
            if known and op.session.is_emulated(self.service) and variant["instanceType"] == _STAND_IN:
                variant["instanceType"] = known[0].get("instanceType")
        return shown | {"name": identifier, "arn": found["EndpointConfigArn"]}

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_endpoint_config(EndpointConfigName=identifier)


class Endpoint(Kind):
    """Its guardrails are used by updates only, so SageMaker shows them after one: until then they are the program's."""

    sdk, service = sagemaker.Endpoint, "sagemaker"
    carries = words("name endpointConfigName deploymentConfig tags")
    fixed = words("name")
    naming, tagging, absent = _NAMING, _TAGGING, _ABSENT
    # Ten minutes for new instances, twice the bake time, and the way back: SageMaker's own limit is four hours.
    seconds = 14_400

    def create(self, op: Operation) -> str:
        names = {"name": "EndpointName"}
        wanted = to_api(op.client, "create_endpoint", _wanted(op), **names)
        op.client.create_endpoint(**wanted, Tags=self.tagging.form(op.tags))
        return str(op.new["name"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.describe_endpoint(EndpointName=identifier)
        configuration = found["EndpointConfigName"]
        if op.session.is_emulated(self.service) and op.known:
            # An update is recorded only, so the emulator still has the first one.
            configuration = op.known["endpointConfigName"]
        return {
            "name": identifier,
            "arn": found["EndpointArn"],
            "endpointConfigName": configuration,
            "deploymentConfig": op.known.get("deploymentConfig"),
        }

    def update(self, op: Operation, identifier: str) -> None:
        op.recorded_only("update_endpoint")

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_endpoint(EndpointName=identifier)

    def state(self, op: Operation, live: Properties) -> State:
        found = op.client.describe_endpoint(EndpointName=live["name"])
        if found["EndpointStatus"] == "InService":
            return Ready()
        reason = f"EndpointStatus is {found['EndpointStatus']}: {found.get('FailureReason', '')}".rstrip(": ")
        return Failed(reason) if "Fail" in found["EndpointStatus"] else Pending(reason)


def _variant(variant: dict[str, Any]) -> dict[str, Any]:
    """The SDK has a list of one where the API has one."""
    own = dict(variant)
    if routing := own.pop("routingConfigs", None):
        own["routingConfig"] = routing[0]
    return own
