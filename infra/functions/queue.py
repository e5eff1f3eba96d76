"""A queue that only this account can use, encrypted and over TLS."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import EVERYONE, Statement, document

# The longest that SQS keeps a message: whoever is told on a Friday can still look at it after a holiday.
RETENTION_SECONDS = 14 * 24 * 3600
RECEIVES = 5


@dataclass(frozen=True)
class QueueArgs:
    """`part` names the queue. Without `dead_letters`, it is a place for messages that nothing takes any further.

    `publishers`: ARN of what may send by an AWS service's name, such as a rule of EventBridge, by that name.
    """

    cloud: Cloud
    part: str
    key: pulumi.Input[str]
    dead_letters: "Queue | None" = None
    publishers: tuple[tuple[str, pulumi.Input[str]], ...] = ()
    visibility_seconds: int = 30


class Queue(Component, domain="functions"):
    """Owns an SQS queue and its policy. Does not own what sends to it or takes from it."""

    def __init__(self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cloud, dead = args.cloud, args.dead_letters
        self.name = cloud.name(args.part)
        # Known before it is made, so that roles, rules and policies can name each other.
        self.address = cloud.arn("sqs", self.name)
        self.key = args.key
        self.queue = aws.sqs.Queue(
            f"{name}-queue",
            name=self.name,
            kms_master_key_id=args.key,
            kms_data_key_reuse_period_seconds=300,
            message_retention_seconds=RETENTION_SECONDS,
            visibility_timeout_seconds=args.visibility_seconds,
            redrive_policy=None
            if dead is None
            else pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": RECEIVES}),
            tags=cloud.tagged(args.part),
            opts=self.child(),
        )
        self.arn: pulumi.Output[str] = self.queue.arn
        self.url: pulumi.Output[str] = self.queue.url
        aws.sqs.QueuePolicy(
            f"{name}-policy",
            queue_url=self.queue.id,
            policy=document([self._tls_only(), *(self._publisher(cloud, *each) for each in args.publishers)]),
            opts=self.child(),
        )
        self.register_outputs({"arn": self.arn, "url": self.url})

    def sending(self) -> list[Statement]:
        """What a role needs to send."""
        return [
            Statement("Send", ["sqs:SendMessage"], [self.address]),
            Statement("SendEncrypted", ["kms:GenerateDataKey", "kms:Decrypt"], [self.key]),
        ]

    def receiving(self) -> list[Statement]:
        """What a role needs to take messages and put them away."""
        return [
            Statement("Receive", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [self.address]),
            Statement("ReceiveEncrypted", ["kms:Decrypt"], [self.key]),
        ]

    def _tls_only(self) -> Statement:
        # SQS refuses the action `*`.
        return Statement(
            "DenyInsecureTransport",
            ["sqs:*"],
            [self.address],
            principals=EVERYONE,
            conditions={"Bool": {"aws:SecureTransport": "false"}},
            effect="Deny",
        )

    def _publisher(self, cloud: Cloud, service: str, source: pulumi.Input[str]) -> Statement:
        return Statement(
            "Send" + service.split(".")[0].title(),
            ["sqs:SendMessage"],
            [self.address],
            principals={"Service": service},
            conditions={"ArnEquals": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": cloud.account}},
        )
