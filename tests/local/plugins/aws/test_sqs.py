"""Queues and who may use them."""

from __future__ import annotations

import json

from tests.support.aws import Trial

QUEUE, POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/messages"


def test_a_queue_lives_its_whole_life(trial: Trial) -> None:
    dead = trial.create(QUEUE, {}, name="dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.outputs["arn"], "maxReceiveCount": 5})
    wanted = {
        "kmsMasterKeyId": KEY,
        "kmsDataKeyReusePeriodSeconds": 300,
        "messageRetentionSeconds": 1_209_600,
        "visibilityTimeoutSeconds": 60,
        "redrivePolicy": redrive,
        "tags": {"a": "1", "b": "2"},
    }
    queue = trial.create(QUEUE, wanted, name="reports")
    assert queue.outputs["arn"] == f"arn:aws:sqs:eu-central-1:123456789012:{queue.outputs['name']}"
    assert queue.id == queue.outputs["url"]
    assert trial.diff(queue, wanted) == ([], [])
    before = dict(queue.inputs)
    assert trial.refresh(queue)
    assert queue.inputs == before
    trial.update(queue, {"kmsMasterKeyId": KEY, "visibilityTimeoutSeconds": 30, "tags": {"b": "3"}})
    assert (queue.outputs["messageRetentionSeconds"], queue.outputs["redrivePolicy"]) == (345_600, "")
    assert queue.outputs["tagsAll"] == {"b": "3"}
    assert trial.imported(QUEUE, queue.id).inputs["name"] == queue.outputs["name"]
    trial.delete(queue)
    assert not trial.refresh(queue)


def test_a_policy_is_the_queues_until_it_is_deleted(trial: Trial) -> None:
    queue = trial.create(QUEUE, {}, name="policed")
    statement = {"Effect": "Deny", "Principal": "*", "Action": ["sqs:*"], "Resource": [queue.outputs["arn"]]}
    wanted = {"queueUrl": queue.id, "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    policy = trial.create(POLICY, wanted)
    assert trial.diff(policy, wanted) == ([], [])
    assert trial.refresh(policy)
    assert policy.inputs == wanted
    trial.delete(policy)
    assert not trial.refresh(policy)
    assert trial.refresh(queue)
