"""SNS."""

from __future__ import annotations

import json
from typing import Any

from pulumi_aws import sns

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.tagging import Tagging

_ATTRIBUTES = {"displayName": "DisplayName", "kmsMasterKeyId": "KmsMasterKeyId", "deliveryPolicy": "DeliveryPolicy"}


class Topic(Kind):
    sdk, service = sns.Topic, "sns"
    carries = words("name displayName kmsMasterKeyId deliveryPolicy tags")
    fixed = words("name")
    naming = Naming("name", longest=256)
    tagging = Tagging("tag_resource", "untag_resource", "list_tags_for_resource", "ResourceArn")

    def create(self, op: Operation) -> str:
        attributes = op.given(**{api: name for name, api in _ATTRIBUTES.items()})
        made = op.client.create_topic(Name=op.new["name"], Attributes=attributes, Tags=self.tagging.form(op.tags))
        return str(made["TopicArn"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found: dict[str, Any] = op.client.get_topic_attributes(TopicArn=identifier)["Attributes"]
        own = {name: found.get(api) for name, api in _ATTRIBUTES.items()}
        return {**own, "arn": identifier, "name": identifier.rpartition(":")[2], "owner": found["Owner"]}

    def update(self, op: Operation, identifier: str) -> None:
        for name in sorted(op.changed & _ATTRIBUTES.keys()):
            value = op.new.get(name, "")
            op.client.set_topic_attributes(TopicArn=identifier, AttributeName=_ATTRIBUTES[name], AttributeValue=value)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_topic(TopicArn=identifier)


class TopicPolicy(Kind):
    """Its id is the topic. A topic always has a policy: deletion sets back AWS's own."""

    sdk, service = sns.TopicPolicy, "sns"
    carries = words("arn policy")
    fixed = words("arn")
    waits_until_gone = False

    def create(self, op: Operation) -> str:
        self._put(op, op.new["arn"], op.new["policy"])
        return str(op.new["arn"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found: dict[str, Any] = op.client.get_topic_attributes(TopicArn=identifier)["Attributes"]
        return {"arn": identifier, "policy": found["Policy"], "owner": found["Owner"]}

    def update(self, op: Operation, identifier: str) -> None:
        self._put(op, identifier, op.new["policy"])

    def delete(self, op: Operation, identifier: str) -> None:
        own = {"StringEquals": {"AWS:SourceOwner": op.account}}
        actions = "AddPermission DeleteTopic GetTopicAttributes ListSubscriptionsByTopic Publish RemovePermission"
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"SNS:{action}" for action in (*actions.split(), "SetTopicAttributes", "Subscribe")],
            "Resource": identifier,
            "Condition": own,
        }
        default = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
        self._put(op, identifier, json.dumps(default))

    def _put(self, op: Operation, topic: str, policy: str) -> None:
        op.client.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


class TopicSubscription(Kind):
    sdk, service = sns.TopicSubscription, "sns"
    carries = words("topic protocol endpoint")
    fixed = carries

    def create(self, op: Operation) -> str:
        # Without the flag AWS answers "pending confirmation" in place of the ARN, for addresses of mail.
        made = op.client.subscribe(
            TopicArn=op.new["topic"],
            Protocol=op.new["protocol"],
            Endpoint=op.new["endpoint"],
            ReturnSubscriptionArn=True,
        )
        return str(made["SubscriptionArn"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found: dict[str, Any] = op.client.get_subscription_attributes(SubscriptionArn=identifier)["Attributes"]
        return {
            "arn": identifier,
            "topic": found["TopicArn"],
            "protocol": found["Protocol"],
            "endpoint": found["Endpoint"],
            "ownerId": found["Owner"],
            "pendingConfirmation": found["PendingConfirmation"] == "true",
            "confirmationWasAuthenticated": found.get("ConfirmationWasAuthenticated") == "true",
        }

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.unsubscribe(SubscriptionArn=identifier)
