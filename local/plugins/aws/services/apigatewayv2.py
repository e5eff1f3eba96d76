"""API Gateway, HTTP APIs. What belongs to an API is imported as `api/id`."""

from __future__ import annotations

from typing import Any

from pulumi_aws import apigatewayv2

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.aws.tagging import Tagging

_DEFAULT_STAGE = "$default"
_TAGGING = Tagging("tag_resource", "untag_resource", "get_tags", "ResourceArn", in_pairs=False)


def _arn(op: Operation, path: str) -> str:
    return f"arn:aws:apigateway:{op.region}::/apis/{path}"


def _wanted(op: Operation, *without: str) -> dict[str, Any]:
    return {name: value for name, value in op.new.items() if name not in ("tags", "region", *without)}


def _place(op: Operation, identifier: str) -> tuple[str, str]:
    """The API and the id within it."""
    if op.known:
        return op.known["apiId"], identifier
    api, _, own = identifier.partition("/")
    return api, own


class Api(Kind):
    sdk, service = apigatewayv2.Api, "apigatewayv2"
    carries = words("name protocolType description disableExecuteApiEndpoint tags")
    fixed = words("protocolType")
    naming = Naming("name", longest=128)
    tagging = _TAGGING

    def create(self, op: Operation) -> str:
        made = op.client.create_api(**to_api(op.client, "create_api", _wanted(op)), Tags=dict(op.tags))
        return str(made["ApiId"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_api(ApiId=identifier)
        return from_api(self.inputs, {name: value for name, value in found.items() if name != "Tags"}) | {
            "arn": _arn(op, identifier),
            "apiEndpoint": found["ApiEndpoint"],
            "executionArn": f"arn:aws:execute-api:{op.region}:{op.account}:{identifier}",
        }

    def update(self, op: Operation, identifier: str) -> None:
        wanted = {"description": "", "disableExecuteApiEndpoint": False} | _wanted(op, "protocolType")
        op.client.update_api(ApiId=identifier, **to_api(op.client, "update_api", wanted))

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_api(ApiId=identifier)


class Integration(Kind):
    sdk, service = apigatewayv2.Integration, "apigatewayv2"
    carries = words(
        "apiId integrationType integrationMethod integrationUri payloadFormatVersion timeoutMilliseconds description"
    )
    fixed = words("apiId integrationType")

    def create(self, op: Operation) -> str:
        wanted = to_api(op.client, "create_integration", _wanted(op), timeoutMilliseconds="TimeoutInMillis")
        return str(op.client.create_integration(**wanted)["IntegrationId"])

    def read(self, op: Operation, identifier: str) -> Properties:
        api, own = _place(op, identifier)
        found = op.client.get_integration(ApiId=api, IntegrationId=own)
        op.identifier = own
        return from_api(self.inputs, found, timeoutMilliseconds="TimeoutInMillis") | {"apiId": api}

    def update(self, op: Operation, identifier: str) -> None:
        wanted = to_api(op.client, "update_integration", _wanted(op), timeoutMilliseconds="TimeoutInMillis")
        op.client.update_integration(IntegrationId=identifier, **wanted)

    def delete(self, op: Operation, identifier: str) -> None:
        api, own = _place(op, identifier)
        op.client.delete_integration(ApiId=api, IntegrationId=own)


class Route(Kind):
    sdk, service = apigatewayv2.Route, "apigatewayv2"
    carries = words("apiId routeKey authorizationType target operationName")
    fixed = words("apiId")

    def create(self, op: Operation) -> str:
        return str(op.client.create_route(**to_api(op.client, "create_route", _wanted(op)))["RouteId"])

    def read(self, op: Operation, identifier: str) -> Properties:
        api, own = _place(op, identifier)
        found = op.client.get_route(ApiId=api, RouteId=own)
        op.identifier = own
        return from_api(self.inputs, found) | {"apiId": api}

    def update(self, op: Operation, identifier: str) -> None:
        wanted = {"authorizationType": "NONE"} | _wanted(op)
        op.client.update_route(RouteId=identifier, **to_api(op.client, "update_route", wanted))

    def delete(self, op: Operation, identifier: str) -> None:
        api, own = _place(op, identifier)
        op.client.delete_route(ApiId=api, RouteId=own)


class Stage(Kind):
    """Its id is its name."""

    sdk, service = apigatewayv2.Stage, "apigatewayv2"
    carries = words("apiId name autoDeploy accessLogSettings defaultRouteSettings description tags")
    fixed = words("apiId name")
    naming = Naming("name", longest=128)
    tagging = _TAGGING

    def create(self, op: Operation) -> str:
        wanted = to_api(op.client, "create_stage", _wanted(op), name="StageName")
        return str(op.client.create_stage(**wanted, Tags=dict(op.tags))["StageName"])

    def read(self, op: Operation, identifier: str) -> Properties:
        api, name = _place(op, identifier)
        found = op.client.get_stage(ApiId=api, StageName=name)
        op.identifier = name
        # Settings by route are a map in the API and a list in the SDK; they are not carried.
        own = {part: value for part, value in found.items() if part not in ("Tags", "RouteSettings")}
        shown = from_api(self.inputs, own)
        path = "" if name == _DEFAULT_STAGE else name
        return shown | {
            "apiId": api,
            "name": name,
            "arn": _arn(op, f"{api}/stages/{name}"),
            "executionArn": f"arn:aws:execute-api:{op.region}:{op.account}:{api}/{name}",
            "invokeUrl": f"https://{api}.execute-api.{op.region}.amazonaws.com/{path}",
        }

    def update(self, op: Operation, identifier: str) -> None:
        if "accessLogSettings" in op.changed and "accessLogSettings" not in op.new:
            op.client.delete_access_log_settings(ApiId=op.new["apiId"], StageName=identifier)
        wanted = to_api(op.client, "update_stage", _wanted(op), name="StageName")
        op.client.update_stage(**wanted)

    def delete(self, op: Operation, identifier: str) -> None:
        api, name = _place(op, identifier)
        op.client.delete_stage(ApiId=api, StageName=name)
