"""Who is told of which events."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import Statement
from infra.functions.queue import Queue

# The account's own bus: it needs no making, and what else is on it does not match.
BUS = "default"
# A target that is gone for longer than this gets no event late, but its keeper a dead letter.
RETRY_SECONDS, RETRIES = 3600, 20


def rule_address(cloud: Cloud, part: str) -> str:
    """ARN of the rule, known before it is made: policies of its targets name it."""
    return cloud.arn("events", f"rule/{cloud.name(part)}")


@dataclass(frozen=True)
class EventsArgs:
    """Events of one kind, from this platform alone, to every target by name and ARN."""

    cloud: Cloud
    part: str
    description: str
    source: str
    detail_type: str
    targets: Mapping[str, pulumi.Input[str]]
    dead_letters: Queue


class Events(Component, domain="functions"):
    """Owns a rule on the account's event bus and its targets. Does not own the targets' policies, nor who sends."""

    def __init__(self, name: str, args: EventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        cloud = args.cloud
        rule = aws.cloudwatch.EventRule(
            f"{name}-rule",
            name=cloud.name(args.part),
            description=args.description,
            event_bus_name=BUS,
            # Several platforms may share an account, and so its bus.
            event_pattern=json.dumps(
                {
                    "source": [args.source],
                    "detail-type": [args.detail_type],
                    "account": [cloud.account],
                    "detail": {"platform": [cloud.prefix]},
                }
            ),
            state="ENABLED",
            tags=cloud.tagged(args.part),
            opts=self.child(),
        )
        for target, arn in args.targets.items():
            aws.cloudwatch.EventTarget(
                f"{name}-{target}",
                rule=rule.name,
                event_bus_name=BUS,
                target_id=target,
                arn=arn,
                retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=RETRY_SECONDS, maximum_retry_attempts=RETRIES
                ),
                dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=args.dead_letters.arn),
                opts=self.child(),
            )
        self.register_outputs({})

    @property
    def env(self) -> dict[str, str]:
        """What a sender is told."""
        return {"MLOPS_EVENT_BUS": BUS, "MLOPS_PLATFORM": self._args.cloud.prefix}

    def sending(self) -> list[Statement]:
        """What a sender needs; nobody can send in another's name."""
        bus = self._args.cloud.arn("events", f"event-bus/{BUS}")
        named = {"StringEquals": {"events:source": self._args.source, "events:detail-type": self._args.detail_type}}
        return [Statement("PutEvents", ["events:PutEvents"], [bus], conditions=named)]
