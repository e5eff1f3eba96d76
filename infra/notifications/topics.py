"""Topics by severity as a component."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import Condition, Statement, deny_insecure_transport, document
from infra.settings.notifications import NotificationsSettings


@dataclass(frozen=True)
class TopicsArgs:
    """`key` encrypts messages; those who publish must be let use it too."""

    cloud: Cloud
    settings: NotificationsSettings
    key: pulumi.Input[str]


class Topics(Component, domain="notifications"):
    """Owns a topic for each severity, who may publish to it, and the addresses that get its mails.

    Does not own alarms: each owner of something that can fail makes its own and is given `arns`. AWS sends every new
    address a mail that must be confirmed; until then it hears nothing.
    """

    def __init__(self, name: str, args: TopicsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._name, self._args = name, args
        settings = args.settings
        self.arns: Mapping[str, pulumi.Output[str]] = {
            severity: self._topic(severity, emails)
            for severity, emails in (
                ("P0", settings.p0),
                ("P1", settings.p1),
                ("P2", settings.p2),
                ("P3", settings.p3),
            )
        }
        self.register_outputs({"arns": self.arns})

    def _topic(self, severity: str, emails: tuple[str, ...]) -> pulumi.Output[str]:
        cloud, name, part = self._args.cloud, f"{self._name}-{severity.lower()}", f"alerts-{severity.lower()}"
        topic = aws.sns.Topic(
            name,
            name=cloud.name(part),
            kms_master_key_id=self._args.key,
            tags=cloud.tagged(part),
            opts=self.child(),
        )
        aws.sns.TopicPolicy(
            f"{name}-policy", arn=topic.arn, policy=document(topic_policy(cloud, topic.arn)), opts=self.child()
        )
        for email in sorted(set(emails)):
            aws.sns.TopicSubscription(
                f"{name}-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=self.child()
            )
        return topic.arn


def topic_policy(cloud: Cloud, topic: pulumi.Input[str]) -> list[Statement]:
    """Which services may publish; roles of this account need no more than their own rights.

    EventBridge is not here: it does not tell SNS for which account it publishes, so that its statement would let rules
    of any account in. Events that people must hear of go through a function.
    """
    return [
        Statement(
            "Alarms",
            ["sns:Publish"],
            [topic],
            {"Service": "cloudwatch.amazonaws.com"},
            _for(cloud, cloud.arn("cloudwatch", "alarm:*")),
        ),
        *alert_manager_policy(cloud, topic),
    ]


def alert_manager_policy(cloud: Cloud, topic: pulumi.Input[str]) -> list[Statement]:
    """Of a topic that Amazon's Alertmanager alone publishes to."""
    return [
        Statement(
            "AlertManager",
            ["sns:Publish", "sns:GetTopicAttributes"],
            [topic],
            {"Service": "aps.amazonaws.com"},
            _for(cloud, cloud.arn("aps", "workspace/*")),
        ),
        # SNS does not take `*` for an action.
        replace(deny_insecure_transport(topic), actions=["sns:Publish"]),
    ]


def _for(cloud: Cloud, source: str) -> Condition:
    return {"StringEquals": {"aws:SourceAccount": cloud.account}, "ArnLike": {"aws:SourceArn": source}}
