"""Models, configurations of endpoints, endpoints, and how they scale."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.aws import Resource, Trial

MODEL, CONFIGURATION, ENDPOINT = (
    "aws:sagemaker/model:Model",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "aws:sagemaker/endpoint:Endpoint",
)
TARGET, POLICY = "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy"
SERVED: dict[str, Any] = {
    "executionRoleArn": "arn:aws:iam::123456789012:role/endpoint",
    "enableNetworkIsolation": False,
    "vpcConfig": {"subnets": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]},
    "primaryContainer": {"image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/serving", "environment": {"a": "1"}},
    "tags": {"Name": "endpoint"},
}


def configured(model: str, instance: str) -> dict[str, Any]:
    return {
        "kmsKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/storage",
        "productionVariants": [
            {
                "variantName": "live",
                "modelName": model,
                "instanceType": instance,
                "initialInstanceCount": 2,
                "initialVariantWeight": 1,
                "containerStartupHealthCheckTimeoutInSeconds": 300,
                "routingConfigs": [{"routingStrategy": "LEAST_OUTSTANDING_REQUESTS"}],
            }
        ],
        "dataCaptureConfig": {
            "enableCapture": True,
            "initialSamplingPercentage": 10,
            "destinationS3Uri": "s3://inference-logs/sagemaker",
            "kmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/storage",
            "captureOptions": [{"captureMode": "Input"}, {"captureMode": "Output"}],
            "captureContentTypeHeader": {"csvContentTypes": ["text/csv"], "jsonContentTypes": ["application/json"]},
        },
        "tags": {"Name": "endpoint"},
    }


def guarded(configuration: str, bake: int = 300) -> dict[str, Any]:
    return {
        "endpointConfigName": configuration,
        "deploymentConfig": {
            "blueGreenUpdatePolicy": {
                "trafficRoutingConfiguration": {
                    "type": "CANARY",
                    "waitIntervalInSeconds": bake,
                    "canarySize": {"type": "CAPACITY_PERCENT", "value": 10},
                },
                "terminationWaitInSeconds": 120,
                "maximumExecutionTimeoutInSeconds": 2520,
            },
            "autoRollbackConfiguration": {"alarms": [{"alarmName": "errors"}]},
        },
        "tags": {"Name": "endpoint"},
    }


@pytest.fixture
def configuration(trial: Trial) -> Resource:
    model = trial.create(MODEL, SERVED, name="model")
    return trial.create(CONFIGURATION, configured(model.id, "ml.m5.xlarge"), name="configuration")


def test_a_model_lives_its_whole_life(trial: Trial) -> None:
    model = trial.create(MODEL, SERVED, name="model")
    assert model.outputs["arn"] == f"arn:aws:sagemaker:eu-central-1:123456789012:model/{model.id}"
    assert trial.diff(model, SERVED) == ([], [])
    before = dict(model.inputs)
    assert trial.refresh(model)
    assert model.inputs == before
    assert trial.diff(model, {**SERVED, "enableNetworkIsolation": True})[1] == ["enableNetworkIsolation"]
    trial.update(model, {**SERVED, "tags": {"Name": "other"}})
    assert model.outputs["tagsAll"] == {"Name": "other"}
    assert trial.imported(MODEL, model.id).inputs["primaryContainer"] == SERVED["primaryContainer"]
    trial.delete(model)
    assert not trial.refresh(model)


@pytest.mark.parametrize("instance", ["ml.m5.xlarge", "ml.c7i.large"])
def test_a_configuration_round_trips_even_with_an_instance_that_moto_does_not_know(trial: Trial, instance: str) -> None:
    model = trial.create(MODEL, SERVED, name="model")
    wanted = configured(model.id, instance)
    configuration = trial.create(CONFIGURATION, wanted, name="configuration")
    assert configuration.outputs["productionVariants"] == wanted["productionVariants"]
    assert trial.diff(configuration, wanted) == ([], [])
    before = dict(configuration.inputs)
    assert trial.refresh(configuration)
    assert configuration.inputs == before
    assert trial.diff(configuration, configured("other", instance))[1] == ["productionVariants[0].modelName"]
    trial.delete(configuration)
    assert not trial.refresh(configuration)


def test_an_endpoint_keeps_its_guardrails_and_its_update_is_recorded(trial: Trial, configuration: Resource) -> None:
    wanted = guarded(configuration.id)
    endpoint = trial.create(ENDPOINT, wanted, name="endpoint")
    assert endpoint.outputs["arn"].endswith(f":endpoint/{endpoint.id}")
    assert trial.diff(endpoint, wanted) == ([], [])
    before = dict(endpoint.inputs)
    assert trial.refresh(endpoint)
    assert endpoint.inputs == before
    trial.update(endpoint, {**guarded("another", 600), "tags": {"Name": "other"}})
    assert endpoint.outputs["endpointConfigName"] == "another"
    assert endpoint.outputs["tagsAll"] == {"Name": "other"}
    assert trial.refresh(endpoint)
    assert trial.diff(endpoint, {**guarded("another", 600), "tags": {"Name": "other"}}) == ([], [])
    assert trial.imported(ENDPOINT, endpoint.id).inputs["endpointConfigName"] == configuration.id
    trial.delete(endpoint)
    assert not trial.refresh(endpoint)


def test_a_variant_scales_between_two_numbers_by_a_policy(trial: Trial) -> None:
    address = {
        "serviceNamespace": "sagemaker",
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "resourceId": "endpoint/scaled/variant/live",
    }
    wanted = {**address, "minCapacity": 2, "maxCapacity": 8, "tags": {"Name": "endpoint"}}
    target = trial.create(TARGET, wanted)
    assert target.id == "endpoint/scaled/variant/live"
    assert trial.diff(target, wanted) == ([], [])
    assert trial.refresh(target)
    assert target.inputs == wanted
    trial.update(target, {**wanted, "maxCapacity": 4})
    imported = trial.imported(TARGET, f"sagemaker/{target.id}/{address['scalableDimension']}")
    assert (imported.outputs["id"], imported.inputs["maxCapacity"]) == (target.id, 4)
    tracking = {
        "predefinedMetricSpecification": {"predefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "targetValue": 1000,
        "scaleOutCooldown": 60,
        "scaleInCooldown": 600,
    }
    policy_wanted = {
        **address,
        "name": "scaled",
        "policyType": "TargetTrackingScaling",
        "targetTrackingScalingPolicyConfiguration": tracking,
    }
    policy = trial.create(POLICY, policy_wanted)
    assert trial.diff(policy, policy_wanted) == ([], [])
    assert trial.refresh(policy)
    assert policy.inputs == policy_wanted
    faster = {**policy_wanted, "targetTrackingScalingPolicyConfiguration": {**tracking, "targetValue": 500}}
    trial.update(policy, faster)
    place = f"sagemaker/{target.id}/{address['scalableDimension']}/scaled"
    found = trial.imported(POLICY, place).inputs["targetTrackingScalingPolicyConfiguration"]
    assert found["targetValue"] == 500
    for each in (policy, target):
        trial.delete(each)
        assert not trial.refresh(each)
