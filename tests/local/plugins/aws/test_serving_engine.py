"""What serves, watches and tells on AWS, under the real engine on the emulators."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import boto3
import pytest

from tests.local.plugins.stack import ROOT, Stack

pytestmark = pytest.mark.engine

PROGRAM = f"""
import sys

import pulumi

sys.path.insert(0, {str(ROOT)!r})

from infra.encryption.keys import Keys, KeysArgs
from infra.foundation.cloud import Cloud
from infra.foundation.durability import Durability
from infra.functions.drift_alert import DriftAlert, DriftAlertArgs
from infra.notifications.budget import MonthlyBudget, MonthlyBudgetArgs
from infra.notifications.topics import Topics, TopicsArgs
from infra.observability.managed import ManagedPrometheus, ManagedPrometheusArgs
from infra.observability.rules import PLATFORM_ALERTS
from infra.serving.predict_function import PredictFunction, PredictFunctionArgs
from infra.serving.sagemaker_endpoint import SagemakerEndpoint, SagemakerEndpointArgs
from infra.settings.functions import DriftAlertSettings, PredictSettings
from infra.settings.notifications import BudgetSettings, NotificationsSettings
from infra.settings.sagemaker import SagemakerSettings

config = pulumi.Config()
cloud = Cloud("123456789012", "eu-central-1", "trial", Durability.DISPOSABLE, {{"owner": "us"}})
image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trial/predict@sha256:" + (config.get("digest") or "0" * 64)
keys = Keys("keys", KeysArgs(cloud))
told = NotificationsSettings(p0=("a@example.com",), p1=("a@example.com", "b@example.com"))
topics = Topics("alerts", TopicsArgs(cloud, told, keys.messages.arn)).arns
month = BudgetSettings.model_validate({{"monthlyUsd": config.get_int("usd") or 1200, "emails": ["a@example.com"]}})
MonthlyBudget("budget", MonthlyBudgetArgs(cloud, month))
subnets, env = ["subnet-1", "subnet-2"], {{"MLOPS_MODEL_NAME": "churn"}}
predicting = PredictSettings.model_validate({{"provisionedConcurrency": 2, "canary": "AllAtOnce"}})
predict = PredictFunction(
    "predict",
    PredictFunctionArgs(
        cloud, predicting, image, subnets, "sg-1", env, keys.logs.arn, keys.messages.arn, topics
    ),
)
DriftAlert("drift", DriftAlertArgs(cloud, DriftAlertSettings(), keys.logs.arn, keys.messages.arn, topics))
serving = SagemakerSettings.model_validate(
    {{"instanceType": "ml.c7i.large", "minInstances": 2, "maxInstances": 4,
      "capturePercent": config.get_int("capture") or 10}}
)
endpoint = SagemakerEndpoint(
    "endpoint",
    SagemakerEndpointArgs(
        cloud, serving, image, subnets, "sg-1", env, "inference-logs", keys.storage.arn, keys.logs.arn, topics
    ),
)
cluster = cloud.arn("eks", "cluster/trial-cluster")
ManagedPrometheus(
    "metrics",
    ManagedPrometheusArgs(
        cloud, cluster, subnets, "sg-1", PLATFORM_ALERTS, topics, keys.monitoring.arn, keys.logs.arn
    ),
)
pulumi.export("url", predict.url)
pulumi.export("endpoint", endpoint.name)
pulumi.export("configuration", endpoint.configuration)
"""


@pytest.fixture
def stack(tmp_path: Path, engine: Path, aws_environment: Mapping[str, str]) -> Iterator[Stack]:
    made = Stack(tmp_path, engine, {"aws:region": aws_environment["AWS_REGION"]})
    # Packages name their files from the repository's root.
    (tmp_path / "functions").symlink_to(ROOT / "functions")
    made.write(PROGRAM)
    yield made
    destroyed = made.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.text


def test_what_serves_and_tells_stands_changes_nothing_and_goes_whole(stack: Stack) -> None:
    stack.up()
    assert stack.changes() == {}
    refreshed = stack.pulumi("refresh", "--yes", "--expect-no-changes")
    assert refreshed.code == 0, refreshed.text
    assert stack.changes() == {}
    destroyed = stack.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.text
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert boto3.client("sagemaker").list_endpoints()["Endpoints"] == []
    assert boto3.client("sqs").list_queues().get("QueueUrls", []) == []
    assert boto3.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_a_new_image_waits_for_a_rollout_and_a_rollout_stays(stack: Stack) -> None:
    before = stack.up()
    client = boto3.client("lambda")
    assert client.get_alias(FunctionName="trial-predict", Name="live")["FunctionVersion"] == "1"
    stack.configure("digest", "1" * 64)
    stack.configure("capture", "20")
    stack.configure("usd", "900")
    after = stack.up()
    assert client.get_alias(FunctionName="trial-predict", Name="live")["FunctionVersion"] == "1"
    assert after["configuration"] != before["configuration"]
    client.update_alias(FunctionName="trial-predict", Name="live", FunctionVersion="2")
    stack.configure("usd", "1000")
    stack.up()
    assert client.get_alias(FunctionName="trial-predict", Name="live")["FunctionVersion"] == "2"
    assert stack.changes() == {}


def test_drift_that_was_found_reaches_the_queue_for_retraining(stack: Stack) -> None:
    stack.up()
    entry = {
        "Source": "mlops.drift",
        "DetailType": "DriftFound",
        "Detail": json.dumps({"platform": "trial"}),
    }
    assert boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    queue = boto3.client("sqs").get_queue_url(QueueName="trial-retraining")["QueueUrl"]
    answer = boto3.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)
    (message,) = answer["Messages"]
    assert json.loads(message["Body"])["detail"] == {"platform": "trial"}
