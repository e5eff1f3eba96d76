"""Claims about the function that predicts."""

from __future__ import annotations

import pytest

from infra.foundation.policy_document import Statement
from infra.serving.predict_function import PredictFunction, PredictFunctionArgs
from infra.settings.functions import PredictSettings
from jobs.deployment.lambda_function import LIVE
from jobs.deployment.lambda_target import ALARMS
from tests.support.cloud import DIGEST, DISPOSABLE, LOG_KEY, MESSAGE_KEY, TOPICS
from tests.support.recording import Recording, record

READ = Statement("Read", ["s3:GetObject"], ["arn:aws:s3:::artifacts/*"])
ENV = {"MLOPS_MODEL_NAME": "churn-classifier", "MLOPS_MODEL_ALIAS": "champion", "MLFLOW_TRACKING_URI": "https://mlflow"}


def made(settings: PredictSettings) -> Recording:
    args = PredictFunctionArgs(
        DISPOSABLE, settings, DIGEST, ["subnet-1", "subnet-2"], "sg-functions", ENV, LOG_KEY, MESSAGE_KEY, TOPICS,
        granted_by=[lambda to: to.grant("storage", [READ])],
    )  # fmt: skip
    return record(lambda: PredictFunction("predict", args))


@pytest.fixture(scope="module")
def recorded() -> Recording:
    return made(PredictSettings())


def test_it_is_told_a_model_and_an_alias_and_no_version(recorded: Recording) -> None:
    inputs = recorded.one("Function", "predict-function").inputs
    assert inputs["environment"] == {"variables": {**ENV, "MLOPS_MODEL_PLACE": "lambda"}}
    assert (inputs["packageType"], inputs["imageUri"]) == ("Image", DIGEST)
    assert not {"code", "runtime", "handler"} & inputs.keys()


def test_what_it_reads_is_granted_before_it_starts(recorded: Recording) -> None:
    granted = recorded.one("RolePolicy", "predict-role-storage")
    assert recorded.waits_for(recorded.one("Function", "predict-function"), granted)


def test_the_rollout_owns_version_and_weights_of_the_alias_and_nothing_else(recorded: Recording) -> None:
    alias = recorded.one("Alias", "predict-alias")
    assert alias.inputs["name"] == LIVE
    assert alias.inputs["functionVersion"] == "7"
    assert alias.ignored == ("functionVersion", "routingConfig")
    assert [one.name for one in recorded.resources if one.ignored] == ["predict-alias"]


def test_only_signed_requests_reach_the_alias(recorded: Recording) -> None:
    (route,) = recorded.of_kind("Route")
    assert (route.inputs["routeKey"], route.inputs["authorizationType"]) == ("POST /predict", "AWS_IAM")
    permission = recorded.one("Permission", "predict-http-permission").inputs
    assert permission["qualifier"] == "live"
    assert permission["sourceArn"] == ("arn:aws:execute-api:eu-central-1:111122223333:predict-http-api-id/*/*/predict")
    integration = recorded.one("Integration", "predict-http-integration").inputs
    assert integration["integrationUri"] == "arn:aws:aws:lambda/alias:Alias:predict-alias"
    assert integration["payloadFormatVersion"] == "2.0"


def test_the_address_outlasts_the_function_and_tells_no_body_in_its_log(recorded: Recording) -> None:
    assert recorded.one("Integration", "predict-http-integration").inputs["timeoutMilliseconds"] == 11_000
    stage = recorded.one("Stage", "predict-http-stage").inputs
    assert "body" not in stage["accessLogSettings"]["format"].lower()
    assert stage["defaultRouteSettings"]["throttlingBurstLimit"] == 20
    assert stage["defaultRouteSettings"]["throttlingRateLimit"] == 1000


def test_alarms_on_the_live_alias_take_a_rollout_back(recorded: Recording) -> None:
    alarms = {one.inputs["name"]: one.inputs for one in recorded.of_kind("MetricAlarm")}
    # The rollout knows them by these names.
    assert {f"mlops-dev-predict-{name}" for name in ALARMS} <= set(alarms)
    for name in ("mlops-dev-predict-errors", "mlops-dev-predict-slow"):
        assert alarms[name]["dimensions"] == {"FunctionName": "mlops-dev-predict", "Resource": "mlops-dev-predict:live"}
    assert alarms["mlops-dev-predict-slow"]["extendedStatistic"] == "p95"


def test_every_alarm_tells_a_topic_when_it_begins_and_when_it_ends(recorded: Recording) -> None:
    alarms = recorded.of_kind("MetricAlarm")
    assert len(alarms) == 6
    for alarm in alarms:
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"]
        assert set(alarm.inputs["alarmActions"]) <= set(TOPICS.values()), alarm.name


def test_provisioned_concurrency_stands_on_the_alias_with_an_alarm_for_when_it_is_used_up(recorded: Recording) -> None:
    assert recorded.of_kind("ProvisionedConcurrencyConfig") == []
    warm = made(PredictSettings.model_validate({"provisionedConcurrency": 4}))
    (config,) = warm.of_kind("ProvisionedConcurrencyConfig")
    assert (config.inputs["qualifier"], config.inputs["provisionedConcurrentExecutions"]) == ("live", 4)
    assert warm.waits_for(config, warm.one("Alias", "predict-alias"))
    cold = warm.one("MetricAlarm", "predict-alarm-cold").inputs
    assert cold["metricName"] == "ProvisionedConcurrencySpilloverInvocations"
