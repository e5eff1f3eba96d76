"""What happens when data has drifted: people are told, and retraining is queued."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation import grantee
from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.grantee import Grantee, Identity
from infra.foundation.policy_document import Statement
from infra.functions.alarm import metric_alarm, waiting
from infra.functions.code import Folder
from infra.functions.events import Events, EventsArgs, rule_address
from infra.functions.function import Function, FunctionArgs
from infra.functions.queue import Queue, QueueArgs
from infra.settings.functions import DriftAlertSettings

PART = "drift-alert"
RULE = "drift-found"
RETRAINING = "retraining"
DEAD_LETTERS = "drift-dead-letters"
# What `jobs.drift.events` sends.
SOURCE, DETAIL_TYPE = "mlops.drift", "DriftFound"
# The package: paths as in the repository, so that it is imported there as it is here.
FILES = (
    "functions/__init__.py",
    "functions/drift_alert/__init__.py",
    "functions/drift_alert/handler.py",
    "functions/drift_alert/message.py",
)
CODE = Folder(tuple((path, path) for path in FILES), "functions.drift_alert.handler.handle")
# A drift check runs a few times a day, and the mail takes well under a second.
MEMORY, TIMEOUT_SECONDS, CONCURRENCY = 256, 15, 2
# A training run that was asked for is done, or given back, within this time.
RETRAINING_SECONDS = 3600


@dataclass(frozen=True)
class DriftAlertArgs:
    """`alarm_topics` by severity; the settings say which of them hears of drift."""

    cloud: Cloud
    settings: DriftAlertSettings
    log_key: pulumi.Input[str]
    message_key: pulumi.Input[str]
    alarm_topics: Mapping[str, pulumi.Input[str]]


class DriftAlert(Component, domain="functions"):
    """Owns the rule, the function that writes the mail, the queue `retraining` and the dead letters of all three.

    Does not own the topic, the check that finds drift, nor what takes from the queue.
    """

    def __init__(self, name: str, args: DriftAlertArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cloud = args.cloud
        topic = args.alarm_topics[args.settings.severity]

        def publish(to: Identity) -> None:
            # The topic has the key of messages too, which the function may use already, for its dead letters.
            to.grant("topic", [Statement("Publish", ["sns:Publish"], [topic])])

        function = Function(
            name,
            FunctionArgs(
                cloud,
                PART,
                "Tells people that data has drifted.",
                CODE,
                memory=MEMORY,
                timeout_seconds=TIMEOUT_SECONDS,
                reserved_concurrency=CONCURRENCY,
                log_days=args.settings.log_days,
                log_key=args.log_key,
                message_key=args.message_key,
                env={"MLOPS_TOPIC_ARN": topic},
                granted_by=[publish],
            ),
            self.child(),
        )
        rule = rule_address(cloud, RULE)
        publisher = (("events.amazonaws.com", rule),)
        dead = Queue(
            f"{name}-undelivered", QueueArgs(cloud, DEAD_LETTERS, args.message_key, publishers=publisher), self.child()
        )
        self.retraining = Queue(
            f"{name}-{RETRAINING}",
            QueueArgs(cloud, RETRAINING, args.message_key, dead, publisher, visibility_seconds=RETRAINING_SECONDS),
            self.child(),
        )
        aws.lambda_.Permission(
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function=function.function.name,
            principal="events.amazonaws.com",
            source_arn=rule,
            opts=self.child(),
        )
        self._events = Events(
            f"{name}-events",
            EventsArgs(
                cloud,
                RULE,
                "A drift check found drift.",
                SOURCE,
                DETAIL_TYPE,
                {"alert": function.function.arn, RETRAINING: self.retraining.arn},
                dead,
            ),
            self.child(),
        )
        self.env = self._events.env
        for part, queue in ((f"{PART}-dead-letters", function.dead_letters), (DEAD_LETTERS, dead)):
            metric_alarm(f"{name}-alarm-{part}", cloud, waiting(part, queue.name), args.alarm_topics, self.child())
        self.register_outputs({"retraining": self.retraining.url})

    def grant_events(self, to: Grantee) -> None:
        """Lets it say that drift was found."""
        grantee.grant(to, "drift-events", self._events.sending(), self.child())

    def grant_retraining(self, to: Grantee) -> None:
        """Lets it take what asks for retraining from the queue."""
        grantee.grant(to, "retraining-queue", self.retraining.receiving(), self.child())
