"""Claims about the model server on SageMaker."""

from __future__ import annotations

from typing import Any

import pytest

from infra.foundation.cloud import Cloud
from infra.foundation.policy_document import Statement
from infra.serving.endpoint_permissions import repository
from infra.serving.sagemaker_endpoint import SagemakerEndpoint, SagemakerEndpointArgs
from infra.settings.sagemaker import SagemakerSettings
from tests.support.cloud import DISPOSABLE, KEPT, LOG_KEY, STORAGE_KEY, TOPICS, policy
from tests.support.recording import Recording, record

IMAGE = f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/mlops-dev-serving@sha256:{'0' * 64}"
READ = Statement("Read", ["s3:GetObject"], ["arn:aws:s3:::artifacts/*"])
ENV = {"MLOPS_MODEL_NAME": "churn-classifier", "MLOPS_MODEL_ALIAS": "champion", "MLFLOW_TRACKING_URI": "https://mlflow"}


def made(cloud: Cloud = DISPOSABLE, **settings: Any) -> Recording:
    args = SagemakerEndpointArgs(
        cloud, SagemakerSettings.model_validate({"instanceType": "ml.c7i.large", **settings}), IMAGE, ["subnet-1"],
        "sg-sagemaker", ENV, "inference-logs", STORAGE_KEY, LOG_KEY, TOPICS,
        granted_by=[lambda to: to.grant("storage", [READ])],
    )  # fmt: skip
    return record(lambda: SagemakerEndpoint("sagemaker", args))


@pytest.fixture(scope="module")
def recorded() -> Recording:
    return made(minInstances=2, maxInstances=8)


def deployment(recording: Recording) -> Any:
    return recording.one("Endpoint", "sagemaker-endpoint").inputs["deploymentConfig"]


def test_the_container_is_told_a_model_and_an_alias_and_no_version(recorded: Recording) -> None:
    container = recorded.one("Model", "sagemaker-model").inputs["primaryContainer"]
    assert container["image"] == IMAGE
    assert container["environment"] == {"AWS_DEFAULT_REGION": "eu-central-1", **ENV, "MLOPS_MODEL_PLACE": "sagemaker"}
    assert "modelDataUrl" not in container


def test_it_reaches_what_the_subnets_reach(recorded: Recording) -> None:
    model = recorded.one("Model", "sagemaker-model").inputs
    assert model["vpcConfig"] == {"subnets": ["subnet-1"], "securityGroupIds": ["sg-sagemaker"]}


def test_the_rollout_owns_the_configuration_in_use_and_nothing_else(recorded: Recording) -> None:
    endpoint = recorded.one("Endpoint", "sagemaker-endpoint")
    assert endpoint.ignored == ("endpointConfigName",)
    assert [one.name for one in recorded.resources if one.ignored] == ["sagemaker-endpoint"]
    assert endpoint.inputs["name"] == "mlops-dev-endpoint"


def test_a_replaced_configuration_stays_where_data_is_kept_and_goes_where_everything_goes() -> None:
    for cloud, retained in ((KEPT, True), (DISPOSABLE, False)):
        recording = made(cloud)
        for kind, name in (("Model", "sagemaker-model"), ("EndpointConfiguration", "sagemaker-configuration")):
            assert recording.one(kind, name).retained is retained
            assert "name" not in recording.one(kind, name).inputs, "a replacement needs a name of its own"
        assert not recording.one("Endpoint", "sagemaker-endpoint").retained


def test_requests_and_answers_are_captured_and_encrypted(recorded: Recording) -> None:
    inputs = recorded.one("EndpointConfiguration", "sagemaker-configuration").inputs
    capture = inputs["dataCaptureConfig"]
    assert (inputs["kmsKeyArn"], capture["kmsKeyId"]) == (STORAGE_KEY, STORAGE_KEY)
    assert capture["destinationS3Uri"] == "s3://inference-logs/sagemaker"
    assert [one["captureMode"] for one in capture["captureOptions"]] == ["Input", "Output"]
    assert (capture["enableCapture"], capture["initialSamplingPercentage"]) == (True, 10)
    none = made(capturePercent=0).one("EndpointConfiguration", "sagemaker-configuration").inputs
    assert none["dataCaptureConfig"]["enableCapture"] is False


def test_an_update_tries_a_canary_and_goes_back_on_an_alarm(recorded: Recording) -> None:
    update = deployment(recorded)
    routing = update["blueGreenUpdatePolicy"]["trafficRoutingConfiguration"]
    assert (routing["type"], routing["waitIntervalInSeconds"]) == ("CANARY", 300)
    assert routing["canarySize"] == {"type": "CAPACITY_PERCENT", "value": 20}
    alarms = {one["alarmName"] for one in update["autoRollbackConfiguration"]["alarms"]}
    assert alarms == {"mlops-dev-endpoint-errors", "mlops-dev-endpoint-slow"}


def test_one_instance_cannot_be_shared_out_so_it_is_replaced_at_once_and_watched() -> None:
    routing = deployment(made())["blueGreenUpdatePolicy"]["trafficRoutingConfiguration"]
    assert routing == {"type": "ALL_AT_ONCE", "waitIntervalInSeconds": 300}


@pytest.mark.parametrize(("bake", "longest"), [(0, 1920), (300, 2520), (3600, 9120)])
def test_an_update_has_time_to_start_instances_and_to_be_watched_twice(bake: int, longest: int) -> None:
    policy = deployment(made(bakeSeconds=bake))["blueGreenUpdatePolicy"]
    assert policy["maximumExecutionTimeoutInSeconds"] == longest
    assert 600 <= longest <= 14_400


def test_latency_is_compared_in_microseconds(recorded: Recording) -> None:
    slow = recorded.one("MetricAlarm", "sagemaker-alarm-slow").inputs
    assert (slow["metricName"], slow["threshold"], slow["extendedStatistic"]) == ("ModelLatency", 200_000, "p95")
    assert slow["dimensions"] == {"EndpointName": "mlops-dev-endpoint", "VariantName": "live"}


def test_instances_follow_invocations(recorded: Recording) -> None:
    target = recorded.one("Target", "sagemaker-scaling-target").inputs
    assert target["resourceId"] == "endpoint/mlops-dev-endpoint/variant/live"
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 8)
    policy = recorded.one("Policy", "sagemaker-scaling-policy").inputs["targetTrackingScalingPolicyConfiguration"]
    assert policy["targetValue"] == 1000


def test_the_role_runs_one_image_and_touches_no_bucket(recorded: Recording) -> None:
    statements = policy(recorded.one("RolePolicy", "sagemaker-role-run"))
    assert statements["Pull"]["Resource"] == ["arn:aws:ecr:eu-central-1:111122223333:repository/mlops-dev-serving"]
    assert not [action for one in statements.values() for action in one["Action"] if action.startswith("s3:")]
    assert statements["Disks"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    trust = policy(recorded.one("Role", "sagemaker-role"), "assumeRolePolicy")["Assume"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_what_the_container_reads_is_granted_before_it_starts(recorded: Recording) -> None:
    granted = recorded.one("RolePolicy", "sagemaker-role-storage")
    for kind, name in (("Model", "sagemaker-model"), ("Endpoint", "sagemaker-endpoint")):
        assert recorded.waits_for(recorded.one(kind, name), granted)


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (IMAGE, "mlops-dev-serving"),
        ("host/team/serving:1.2", "team/serving"),
        ("host:5000/serving@sha256:00", "serving"),
        ("serving:2", "serving"),
    ],
)
def test_the_repository_is_the_image_without_host_tag_and_digest(image: str, name: str) -> None:
    assert repository(image) == name
