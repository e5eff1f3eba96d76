"""SQS."""

from __future__ import annotations

from typing import Any

from pulumi_aws import sqs

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.tagging import Tagging

# SQS knows attributes as texts only.
_TEXTS = {"kmsMasterKeyId": "KmsMasterKeyId", "redrivePolicy": "RedrivePolicy"}
_NUMBERS = {
    "delaySeconds": "DelaySeconds",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
_NONE = frozenset(["AWS.SimpleQueueService.NonExistentQueue"])
_ATTRIBUTES = _TEXTS | _NUMBERS
# What AWS has where nothing is said: an attribute cannot be taken away, only set back.
_DEFAULTS = {
    "delaySeconds": 0,
    "kmsDataKeyReusePeriodSeconds": 300,
    "maxMessageSize": 1_048_576,
    "messageRetentionSeconds": 345_600,
    "receiveWaitTimeSeconds": 0,
    "visibilityTimeoutSeconds": 30,
}


class Queue(Kind):
    """Its id is its address."""

    sdk, service = sqs.Queue, "sqs"
    carries = words("name tags") | _ATTRIBUTES.keys()
    fixed = words("name")
    naming = Naming("name", longest=80)
    tagging = Tagging("tag_queue", "untag_queue", "list_queue_tags", "QueueUrl", by="url", in_pairs=False)
    absent = _NONE

    def create(self, op: Operation) -> str:
        attributes = {api: str(op.new[name]) for name, api in _ATTRIBUTES.items() if op.new.get(name) is not None}
        made = op.client.create_queue(QueueName=op.new["name"], Attributes=attributes, tags=dict(op.tags))
        return str(made["QueueUrl"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found: dict[str, Any] = op.client.get_queue_attributes(QueueUrl=identifier, AttributeNames=["All"])[
            "Attributes"
        ]
        numbers = {name: int(found[api]) for name, api in _NUMBERS.items() if api in found}
        texts = {name: found.get(api, "") for name, api in _TEXTS.items()}
        arn = found["QueueArn"]
        return {**numbers, **texts, "arn": arn, "url": identifier, "name": arn.rpartition(":")[2]}

    def update(self, op: Operation, identifier: str) -> None:
        changed = sorted(op.changed & _ATTRIBUTES.keys())
        attributes = {_ATTRIBUTES[name]: str(op.new.get(name, _DEFAULTS.get(name, ""))) for name in changed}
        op.client.set_queue_attributes(QueueUrl=identifier, Attributes=attributes)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_queue(QueueUrl=identifier)


class QueuePolicy(Kind):
    """Its id is the queue's."""

    sdk, service = sqs.QueuePolicy, "sqs"
    carries = words("queueUrl policy")
    fixed = words("queueUrl")
    absent = _NONE

    def create(self, op: Operation) -> str:
        self._put(op, op.new["queueUrl"], op.new["policy"])
        return str(op.new["queueUrl"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        found = op.client.get_queue_attributes(QueueUrl=identifier, AttributeNames=["Policy"])
        policy = found.get("Attributes", {}).get("Policy")
        return {"queueUrl": identifier, "policy": policy} if policy else None

    def update(self, op: Operation, identifier: str) -> None:
        self._put(op, identifier, op.new["policy"])

    def delete(self, op: Operation, identifier: str) -> None:
        self._put(op, identifier, "")

    def _put(self, op: Operation, queue: str, policy: str) -> None:
        op.client.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
