"""Who owns what of what serves, and the way of drift, under the real engine on the emulators."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.local.plugins.stack import ROOT, Stack

pytestmark = pytest.mark.engine

GROUND = f"""
import sys

import pulumi

sys.path.insert(0, {str(ROOT)!r})

from infra.encryption.keys import Keys, KeysArgs
from infra.foundation.cloud import Cloud
from infra.foundation.durability import Durability
from infra.notifications.budget import MonthlyBudget, MonthlyBudgetArgs
from infra.notifications.topics import Topics, TopicsArgs
from infra.settings.notifications import BudgetSettings, NotificationsSettings

config = pulumi.Config()
cloud = Cloud("123456789012", "eu-central-1", "trial", Durability.DISPOSABLE, {{"owner": "us"}})
image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trial/predict@sha256:" + (config.get("digest") or "0" * 64)
keys = Keys("keys", KeysArgs(cloud))
told = NotificationsSettings(p0=("a@example.com",), p1=("a@example.com", "b@example.com"))
topics = Topics("alerts", TopicsArgs(cloud, told, keys.messages.arn)).arns
month = BudgetSettings.model_validate({{"monthlyUsd": config.get_int("usd") or 1200, "emails": ["a@example.com"]}})
MonthlyBudget("budget", MonthlyBudgetArgs(cloud, month))
subnets, env = ["subnet-1", "subnet-2"], {{"MLOPS_MODEL_NAME": "churn"}}
"""

TELLS = """
from infra.functions.drift_alert import DriftAlert, DriftAlertArgs
from infra.settings.functions import DriftAlertSettings

DriftAlert("drift", DriftAlertArgs(cloud, DriftAlertSettings(), keys.logs.arn, keys.messages.arn, topics))
pulumi.export("topic", topics["P2"])
"""

SERVES = """
from infra.serving.predict_function import PredictFunction, PredictFunctionArgs
from infra.serving.sagemaker_endpoint import SagemakerEndpoint, SagemakerEndpointArgs
from infra.settings.functions import PredictSettings
from infra.settings.sagemaker import SagemakerSettings

predicting = PredictSettings.model_validate({"provisionedConcurrency": 2})
predict = PredictFunction(
    "predict",
    PredictFunctionArgs(
        cloud, predicting, image, subnets, "sg-1", env, keys.logs.arn, keys.messages.arn, topics
    ),
)
serving = SagemakerSettings.model_validate(
    {"instanceType": "ml.c7i.large", "minInstances": 2, "maxInstances": 4,
      "capturePercent": config.get_int("capture") or 10}
)
endpoint = SagemakerEndpoint(
    "endpoint",
    SagemakerEndpointArgs(
        cloud, serving, image, subnets, "sg-1", env, "inference-logs", keys.storage.arn, keys.logs.arn, topics
    ),
)
pulumi.export("configuration", endpoint.configuration)
"""

FOUND = {
    "platform": "trial",
    "model": "churn",
    "version": "3",
    "current": "2026-11",
    "time": "2026-11-21T10:00:00Z",
    "rows": 100,
    "moved": 1,
    "threshold": 0.2,
    "features": [{"feature": "tenure", "psi": 0.4}],
}


@pytest.fixture
def stack(aws_stack: Stack) -> Stack:
    # Packages name their files from the repository's root.
    (aws_stack.folder / "functions").symlink_to(ROOT / "functions")
    return aws_stack


def test_a_new_image_waits_for_a_rollout_and_a_rollout_stays(stack: Stack) -> None:
    stack.write(GROUND + SERVES)
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


def test_drift_that_was_found_queues_a_retraining_and_reaches_people(stack: Stack) -> None:
    stack.write(GROUND + TELLS)
    topic = stack.up()["topic"]
    client = boto3.client("sqs")
    # Stands for the mail of a subscriber.
    mails = client.create_queue(QueueName="mails")["QueueUrl"]
    address = client.get_queue_attributes(QueueUrl=mails, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=address)
    entry = {"Source": "mlops.drift", "DetailType": "DriftFound", "Detail": json.dumps(FOUND)}
    assert boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    queue = client.get_queue_url(QueueName="trial-retraining")["QueueUrl"]
    (queued,) = client.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    assert json.loads(queued["Body"])["detail"] == FOUND
    (mail,) = client.receive_message(QueueUrl=mails, WaitTimeSeconds=20)["Messages"]
    assert json.loads(mail["Body"])["Subject"] == "trial: churn: drift in 1 features"
    client.delete_queue(QueueUrl=mails)
