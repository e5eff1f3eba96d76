"""SNS."""

from __future__ import annotations

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
