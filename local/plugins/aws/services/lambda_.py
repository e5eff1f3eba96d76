"""Lambda: functions, and what points at them. In the SDK the module is `lambda_`, in tokens the service is `lambda`."""

from __future__ import annotations

import json
from typing import Any

from pulumi_aws import lambda_

from local.plugins.aws.archive import zipped
from local.plugins.aws.kind import Eventual, Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.aws.tagging import Tagging
from local.plugins.errors import PluginError
from local.plugins.waiting import Failed, NotReady, Pending, Ready, State, wait

_CODE = words("code imageUri architectures")
_CONFIGURATION = words(
    "role description handler runtime memorySize timeout environment kmsKeyArn deadLetterConfig tracingConfig "
    "loggingConfig vpcConfig"
)
# What takes a setting away, or sets it back to what AWS has where nothing is said.
_NONE: dict[str, Any] = {
    "description": "",
    "memorySize": 128,
    "timeout": 3,
    "environment": {"variables": {}},
    "kmsKeyArn": "",
    "deadLetterConfig": {"targetArn": ""},
    "tracingConfig": {"mode": "PassThrough"},
    "loggingConfig": {"logFormat": "Text"},
    "vpcConfig": {"subnetIds": [], "securityGroupIds": []},
}


class Function(Kind):
    """Out of an image or an archive. Its id is its name."""

    sdk, service = lambda_.Function, "lambda"
    carries = _CODE | _CONFIGURATION | words("name packageType publish reservedConcurrentExecutions tags")
    fixed = words("name packageType")
    write_only = words("code publish")
    volatile = words("version qualifiedArn qualifiedInvokeArn lastModified sourceCodeSize sourceCodeHash codeSha256")
    naming = Naming("name", longest=64)
    tagging = Tagging("tag_resource", "untag_resource", "list_tags", "Resource", in_pairs=False)
    eventual = (
        Eventual("InvalidParameterValueException", "cannot be assumed by Lambda", "IAM makes the role known"),
        Eventual("InvalidParameterValueException", "execution role does not have permissions", "IAM spreads policies"),
    )

    def create(self, op: Operation) -> str:
        name = str(op.new["name"])
        plain = {part: op.new[part] for part in (_CONFIGURATION | words("packageType publish")) & op.new.keys()}
        op.client.create_function(
            FunctionName=name,
            Code=_code(op),
            Tags=dict(op.tags),
            **op.given(Architectures="architectures"),
            **to_api(op.client, "create_function", plain),
        )
        op.created(name)
        self._reserve(op, name)
        return name

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_function(FunctionName=identifier)
        made, arn = found["Configuration"], found["Configuration"]["FunctionArn"]
        shown = from_api(self.inputs, made) | {"name": identifier, "arn": arn, "invokeArn": _invoke(op, arn)}
        reserved = op.client.get_function_concurrency(FunctionName=identifier).get("ReservedConcurrentExecutions", -1)
        version = self._version(op, identifier)
        return shown | {
            "imageUri": found["Code"].get("ImageUri", ""),
            "reservedConcurrentExecutions": reserved,
            "version": version,
            "qualifiedArn": f"{arn}:{version}",
            "qualifiedInvokeArn": _invoke(op, f"{arn}:{version}"),
            "sourceCodeSize": made["CodeSize"],
            "sourceCodeHash": made["CodeSha256"],
            "lastModified": made["LastModified"],
        }

    def update(self, op: Operation, identifier: str) -> None:
        if changed := sorted(op.changed & _CONFIGURATION):
            wanted = {name: op.new.get(name, _NONE.get(name)) for name in changed}
            parameters = to_api(op.client, "update_function_configuration", wanted)
            op.client.update_function_configuration(FunctionName=identifier, **parameters)
            self._wait(op, identifier)
        if op.changed & _CODE:
            architectures = op.given(Architectures="architectures")
            op.client.update_function_code(FunctionName=identifier, **_code(op), **architectures)
            self._wait(op, identifier)
        if "reservedConcurrentExecutions" in op.changed:
            self._reserve(op, identifier)
        if op.new.get("publish") and op.changed & (_CODE | _CONFIGURATION | {"publish"}):
            op.client.publish_version(FunctionName=identifier)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_function(FunctionName=identifier)

    def state(self, op: Operation, live: Properties) -> State:
        return self._progress(op, live["name"])

    def _progress(self, op: Operation, name: str) -> State:
        found = op.client.get_function_configuration(FunctionName=name)
        for part in ("State", "LastUpdateStatus"):
            now, reason = found.get(part), found.get(f"{part}Reason", "")
            if now == "Failed":
                return Failed(f"{part} is Failed: {reason}")
            if now in ("Pending", "InProgress"):
                return Pending(f"{part} is {now}: {reason}".rstrip(": "))
        return Ready()

    def _wait(self, op: Operation, name: str) -> None:
        """AWS refuses a second change while the first is being made."""
        try:
            wait(lambda: self._progress(op, name), op.timeout or self.seconds, op.cancelled, op.talk.status)
        except NotReady as late:
            raise PluginError(f"{self.token} {name}: {late}") from late

    def _reserve(self, op: Operation, name: str) -> None:
        """-1, or nothing said, means a share of what the account has."""
        number = op.new.get("reservedConcurrentExecutions", -1)
        if number >= 0:
            op.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=number)
        elif op.last:
            op.client.delete_function_concurrency(FunctionName=name)

    def _version(self, op: Operation, name: str) -> str:
        """The newest published one."""
        pages = op.client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        numbers = [int(one["Version"]) for page in pages for one in page["Versions"] if one["Version"].isdecimal()]
        return str(max(numbers)) if numbers else "$LATEST"


class Alias(Kind):
    """Its id is its ARN."""

    sdk, service = lambda_.Alias, "lambda"
    carries = words("name functionName functionVersion description routingConfig")
    fixed = words("name functionName")
    naming = Naming("name", longest=128)

    def create(self, op: Operation) -> str:
        wanted = {name: value for name, value in op.new.items() if name != "region"}
        return str(op.client.create_alias(**to_api(op.client, "create_alias", wanted))["AliasArn"])

    def read(self, op: Operation, identifier: str) -> Properties:
        function, name = self._place(identifier)
        found = op.client.get_alias(FunctionName=function, Name=name)
        return {
            "arn": found["AliasArn"],
            "invokeArn": _invoke(op, found["AliasArn"]),
            "name": name,
            "functionName": function,
            "functionVersion": found["FunctionVersion"],
            "description": found.get("Description", ""),
            "routingConfig": _weights(found.get("RoutingConfig") or {}),
        }

    def update(self, op: Operation, identifier: str) -> None:
        function, name = self._place(identifier)
        none = {"description": "", "routingConfig": {"additionalVersionWeights": {}}}
        wanted = {part: op.new.get(part, none.get(part)) for part in op.changed - {"region"}}
        op.client.update_alias(FunctionName=function, Name=name, **to_api(op.client, "update_alias", wanted))

    def delete(self, op: Operation, identifier: str) -> None:
        function, name = self._place(identifier)
        op.client.delete_alias(FunctionName=function, Name=name)

    def _place(self, identifier: str) -> tuple[str, str]:
        function, name = identifier.split(":")[-2:]
        return function, name


class Permission(Kind):
    """Its id is the statement's; an import takes `function/statement` or `function:qualifier/statement`."""

    sdk, service = lambda_.Permission, "lambda"
    carries = words("action function principal qualifier sourceArn sourceAccount statementId")
    fixed = carries
    naming = Naming("statementId", longest=100)

    def create(self, op: Operation) -> str:
        wanted = {name: value for name, value in op.new.items() if name != "region"}
        op.client.add_permission(**to_api(op.client, "add_permission", wanted, function="FunctionName"))
        return str(op.new["statementId"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        address, statement = self._place(op, identifier)
        document = json.loads(op.client.get_policy(**address)["Policy"])
        found = next((one for one in document["Statement"] if one["Sid"] == statement), None)
        if found is None:
            return None
        principal, conditions = found["Principal"], found.get("Condition", {})
        return {
            "function": address["FunctionName"],
            "qualifier": address.get("Qualifier", ""),
            "statementId": statement,
            "action": found["Action"],
            "principal": principal if isinstance(principal, str) else next(iter(principal.values())),
            "sourceArn": conditions.get("ArnLike", {}).get("AWS:SourceArn", ""),
            "sourceAccount": conditions.get("StringEquals", {}).get("AWS:SourceAccount", ""),
        }

    def delete(self, op: Operation, identifier: str) -> None:
        address, statement = self._place(op, identifier)
        op.client.remove_permission(**address, StatementId=statement)

    def _place(self, op: Operation, identifier: str) -> tuple[dict[str, str], str]:
        if op.known:
            function, qualifier, statement = op.known["function"], op.known.get("qualifier"), op.known["statementId"]
        else:
            place, _, statement = identifier.partition("/")
            function, _, qualifier = place.partition(":")
        return {"FunctionName": function} | ({"Qualifier": qualifier} if qualifier else {}), statement


class ProvisionedConcurrencyConfig(Kind):
    """Its id is `function,qualifier`."""

    sdk, service = lambda_.ProvisionedConcurrencyConfig, "lambda"
    carries = words("functionName qualifier provisionedConcurrentExecutions")
    fixed = words("functionName qualifier")

    def create(self, op: Operation) -> str:
        identifier = f"{op.new['functionName']},{op.new['qualifier']}"
        self.update(op, identifier)
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties:
        address = self._address(identifier)
        found = op.client.get_provisioned_concurrency_config(**address)
        return {
            "functionName": address["FunctionName"],
            "qualifier": address["Qualifier"],
            "provisionedConcurrentExecutions": found["RequestedProvisionedConcurrentExecutions"],
        }

    def update(self, op: Operation, identifier: str) -> None:
        number = op.new["provisionedConcurrentExecutions"]
        op.client.put_provisioned_concurrency_config(
            **self._address(identifier), ProvisionedConcurrentExecutions=number
        )

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_provisioned_concurrency_config(**self._address(identifier))

    def state(self, op: Operation, live: Properties) -> State:
        found = op.client.get_provisioned_concurrency_config(**self._address(live["id"]))
        if found["Status"] == "FAILED":
            return Failed(f"AWS could not start the environments: {found.get('StatusReason', 'no reason given')}")
        return Ready() if found["Status"] == "READY" else Pending("environments are being started")

    def _address(self, identifier: str) -> dict[str, str]:
        function, _, qualifier = identifier.partition(",")
        return {"FunctionName": function, "Qualifier": qualifier}


def _code(op: Operation) -> dict[str, Any]:
    if op.new.get("imageUri"):
        return {"ImageUri": op.new["imageUri"]}
    if "code" not in op.new:
        raise PluginError("aws:lambda/function:Function: give imageUri for an image or code for an archive")
    return {"ZipFile": zipped(op.new["code"])}


def _invoke(op: Operation, arn: str) -> str:
    """What API Gateway calls."""
    return f"arn:aws:apigateway:{op.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _weights(routing: dict[str, Any]) -> dict[str, Any] | None:
    weights = routing.get("AdditionalVersionWeights")
    return {"additionalVersionWeights": weights} if weights else None
