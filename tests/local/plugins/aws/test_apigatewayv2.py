"""An HTTP API with what belongs to it."""

from __future__ import annotations

import json

from tests.support.aws import Resource, Trial

API, INTEGRATION, ROUTE, STAGE = (
    "aws:apigatewayv2/api:Api",
    "aws:apigatewayv2/integration:Integration",
    "aws:apigatewayv2/route:Route",
    "aws:apigatewayv2/stage:Stage",
)


def made(trial: Trial) -> Resource:
    return trial.create(API, {"protocolType": "HTTP", "tags": {"a": "1"}}, name="predict")


def test_an_api_lives_its_whole_life(trial: Trial) -> None:
    api = made(trial)
    assert api.outputs["arn"] == f"arn:aws:apigateway:eu-central-1::/apis/{api.id}"
    assert api.outputs["executionArn"] == f"arn:aws:execute-api:eu-central-1:123456789012:{api.id}"
    wanted = {"protocolType": "HTTP", "tags": {"a": "1"}}
    assert trial.diff(api, wanted) == ([], [])
    assert trial.diff(api, {"protocolType": "WEBSOCKET", "tags": {"a": "1"}})[1] == ["protocolType"]
    before = dict(api.inputs)
    assert trial.refresh(api)
    assert api.inputs == before
    trial.update(api, {**wanted, "description": "Predicts.", "tags": {"b": "2"}})
    assert (api.outputs["description"], api.outputs["tagsAll"]) == ("Predicts.", {"b": "2"})
    assert trial.imported(API, api.id).inputs["description"] == "Predicts."
    trial.delete(api)
    assert not trial.refresh(api)


def test_an_integration_and_its_route_live_their_whole_life(trial: Trial) -> None:
    api = made(trial)
    wanted = {
        "apiId": api.id,
        "integrationType": "AWS_PROXY",
        "integrationMethod": "POST",
        "integrationUri": "arn:aws:lambda:eu-central-1:123456789012:function:predict:live",
        "payloadFormatVersion": "2.0",
        "timeoutMilliseconds": 11_000,
    }
    integration = trial.create(INTEGRATION, wanted)
    assert trial.diff(integration, wanted) == ([], [])
    assert trial.refresh(integration)
    assert integration.inputs == wanted
    trial.update(integration, {**wanted, "timeoutMilliseconds": 12_000})
    assert integration.outputs["timeoutMilliseconds"] == 12_000
    found = trial.imported(INTEGRATION, f"{api.id}/{integration.id}")
    assert {name: found.inputs[name] for name in wanted} == integration.inputs
    routed = {
        "apiId": api.id,
        "routeKey": "POST /predict",
        "authorizationType": "AWS_IAM",
        "target": f"integrations/{integration.id}",
    }
    route = trial.create(ROUTE, routed)
    assert trial.refresh(route)
    assert route.inputs == routed
    trial.update(route, {**routed, "authorizationType": "NONE"})
    assert trial.imported(ROUTE, f"{api.id}/{route.id}").inputs["authorizationType"] == "NONE"
    for each in (route, integration):
        trial.delete(each)
        assert not trial.refresh(each)


def test_a_stage_lives_its_whole_life(trial: Trial) -> None:
    api = made(trial)
    wanted = {
        "apiId": api.id,
        "name": "$default",
        "autoDeploy": True,
        "accessLogSettings": {
            "destinationArn": "arn:aws:logs:eu-central-1:123456789012:log-group:predict",
            "format": json.dumps({"requestId": "$context.requestId"}),
        },
        "defaultRouteSettings": {
            "detailedMetricsEnabled": True,
            "throttlingBurstLimit": 20,
            "throttlingRateLimit": 1000,
        },
        "tags": {"a": "1"},
    }
    stage = trial.create(STAGE, wanted)
    assert stage.id == "$default"
    assert stage.outputs["invokeUrl"] == f"https://{api.id}.execute-api.eu-central-1.amazonaws.com/"
    assert trial.diff(stage, wanted) == ([], [])
    assert trial.refresh(stage)
    assert stage.inputs == wanted
    slower = {"detailedMetricsEnabled": True, "throttlingBurstLimit": 10, "throttlingRateLimit": 500}
    trial.update(stage, {**wanted, "defaultRouteSettings": slower, "tags": {"b": "2"}})
    assert (stage.outputs["defaultRouteSettings"], stage.outputs["tagsAll"]) == (slower, {"b": "2"})
    assert trial.imported(STAGE, f"{api.id}/$default").inputs["defaultRouteSettings"] == slower
    trial.delete(stage)
    assert not trial.refresh(stage)
