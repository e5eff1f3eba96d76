"""Claims about topics."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from infra.encryption.key_policy import statements
from infra.foundation.cloud import Cloud, tags
from infra.foundation.durability import Durability
from infra.notifications.topics import Topics, TopicsArgs
from infra.settings.notifications import NotificationsSettings
from tests.support.recording import Recording, record

ACCOUNT = "111122223333"
CLOUD = Cloud(ACCOUNT, "eu-central-1", "mlops-dev", Durability.DISPOSABLE, tags("dev", "ml", "42"))
KEY = "arn:aws:kms:eu-central-1:111122223333:key/messages"
SETTINGS = NotificationsSettings(
    p0=("duty@example.org", "lead@example.org", "duty@example.org"), p1=("lead@example.org",)
)
TOPICS = ["alerts-p0", "alerts-p1", "alerts-p2", "alerts-p3"]


def program() -> None:
    pulumi.export("arns", Topics("topics", TopicsArgs(CLOUD, SETTINGS, KEY)).arns)


@pytest.fixture(scope="module")
def topics() -> Recording:
    return record(program)


def policy(topics: Recording, severity: str) -> dict[str, dict[str, Any]]:
    document = json.loads(topics.one("TopicPolicy", f"topics-{severity}-policy").inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def arn(severity: str) -> str:
    return f"arn:aws:aws:sns/topic:Topic:topics-{severity}"


def test_every_severity_has_an_encrypted_topic_that_can_be_named(topics: Recording) -> None:
    made = sorted(topics.of_kind("Topic"), key=lambda topic: topic.name)
    assert [topic.inputs["name"] for topic in made] == [f"mlops-dev-{name}" for name in TOPICS]
    assert {topic.inputs["kmsMasterKeyId"] for topic in made} == {KEY}
    assert [topic.inputs["tags"] for topic in made] == [CLOUD.tagged(name) for name in TOPICS]
    assert topics.outputs["arns"] == {severity.upper(): arn(severity) for severity in ("p0", "p1", "p2", "p3")}


def test_every_address_hears_of_its_severity_once(topics: Recording) -> None:
    subscribed = sorted(
        (each.inputs["topic"], each.inputs["protocol"], each.inputs["endpoint"])
        for each in topics.of_kind("TopicSubscription")
    )
    assert subscribed == [
        (arn("p0"), "email", "duty@example.org"),
        (arn("p0"), "email", "lead@example.org"),
        (arn("p1"), "email", "lead@example.org"),
    ]


@pytest.mark.parametrize("severity", ["p0", "p1", "p2", "p3"])
def test_nobody_publishes_in_plain_text(topics: Recording, severity: str) -> None:
    assert policy(topics, severity)["DenyInsecureTransport"] == {
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["sns:Publish"],
        "Resource": [arn(severity)],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


@pytest.mark.parametrize("severity", ["p0", "p1", "p2", "p3"])
def test_alarms_and_alert_managers_of_this_account_publish_and_no_other_service_does(
    topics: Recording, severity: str
) -> None:
    allowed = {sid: each for sid, each in policy(topics, severity).items() if each["Effect"] == "Allow"}
    assert {sid: (each["Principal"]["Service"], each["Condition"]) for sid, each in allowed.items()} == {
        "Alarms": ("cloudwatch.amazonaws.com", ours("cloudwatch", "alarm:*")),
        "AlertManager": ("aps.amazonaws.com", ours("aps", "workspace/*")),
    }
    assert [each["Resource"] for each in allowed.values()] == [[arn(severity)]] * 2


def ours(service: str, resource: str) -> dict[str, Any]:
    return {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:{service}:eu-central-1:{ACCOUNT}:{resource}"},
    }


def test_whoever_publishes_may_use_the_key(topics: Recording) -> None:
    (of_the_key,) = [each.document() for each in statements(CLOUD)["messages"] if each.sid == "Publishers"]
    allowed = [each["Principal"]["Service"] for each in policy(topics, "p0").values() if each["Effect"] == "Allow"]
    assert of_the_key["Principal"]["Service"] == allowed
