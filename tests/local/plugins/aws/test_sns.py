"""Who may publish to a topic, and who hears of it."""

from __future__ import annotations

import json

from tests.support.aws import Trial

TOPIC, POLICY = "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


def document(topic: str, service: str) -> str:
    statement = {
        "Sid": "Alarms",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["sns:Publish"],
        "Resource": [topic],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_policy_is_the_topics_until_it_is_deleted_and_then_awss_own(trial: Trial) -> None:
    topic = trial.create(TOPIC, {}, name="policed")
    wanted = {"arn": topic.id, "policy": document(topic.id, "cloudwatch.amazonaws.com")}
    policy = trial.create(POLICY, wanted)
    assert (policy.id, policy.outputs["owner"]) == (topic.id, "123456789012")
    assert trial.diff(policy, wanted) == ([], [])
    other = wanted | {"policy": document(topic.id, "aps.amazonaws.com")}
    assert trial.diff(policy, other) == (["policy"], [])
    trial.update(policy, other)
    assert trial.refresh(policy)
    assert policy.inputs == other
    assert json.loads(trial.imported(POLICY, policy.id).inputs["policy"]) == json.loads(other["policy"])
    trial.delete(policy)
    left = trial.client("sns").get_topic_attributes(TopicArn=topic.id)["Attributes"]["Policy"]
    assert json.loads(left)["Id"] == "__default_policy_ID"


def test_a_subscription_is_replaced_by_any_change_and_goes(trial: Trial) -> None:
    topic = trial.create(TOPIC, {}, name="heard")
    wanted = {"topic": topic.id, "protocol": "email", "endpoint": "ml-oncall@example.com"}
    subscription = trial.create(SUBSCRIPTION, wanted)
    assert subscription.outputs["arn"] == subscription.id
    assert trial.diff(subscription, wanted) == ([], [])
    assert trial.diff(subscription, wanted | {"endpoint": "ml-platform@example.com"})[1] == ["endpoint"]
    assert trial.refresh(subscription)
    assert subscription.inputs == wanted
    trial.delete(subscription)
    assert not trial.refresh(subscription)
