"""The function that predicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import Statement
from infra.functions.alarm import metric_alarm
from infra.functions.code import Image
from infra.functions.function import Function, FunctionArgs, Grant
from infra.serving.http_api import HttpApi, HttpApiArgs
from infra.serving.predict_alarms import other_alarms, rollback_alarms
from infra.settings.functions import PredictSettings

PART = "predict"
ALIAS = "live"
# Of the model server's places: `<alias>-lambda` goes before the alias.
PLACE = "lambda"
# The rollout's fields: it moves the alias from version to version, with weights in between.
ROLLOUT_FIELDS = ["functionVersion", "routingConfig"]


@dataclass(frozen=True)
class PredictFunctionArgs:
    """`env` is what the model server is told: tracking server, model and alias. The group lets it reach MLflow.

    `granted_by`: the owners of what it reads when it starts, password and artifacts.
    """

    cloud: Cloud
    settings: PredictSettings
    image: str
    subnets: Sequence[pulumi.Input[str]]
    group: pulumi.Input[str]
    env: Mapping[str, pulumi.Input[str]]
    log_key: pulumi.Input[str]
    message_key: pulumi.Input[str]
    alarm_topics: Mapping[str, pulumi.Input[str]]
    granted_by: Sequence[Grant] = ()


class PredictFunction(Component, domain="serving"):
    """Owns the function, its alias `live`, the address in front of it and its alarms.

    Does not own which version of the function is live, once the alias exists: `mlops deploy lambda` publishes versions
    that carry their model, and moves the alias. The function as it is made here carries none: it follows the registry's
    alias of this place, or else the champion's. A new image is published as a version, and waits for a rollout.

    Provisioned concurrency and weights exclude each other on AWS: "Alias with weights can not be used with Provisioned
    Concurrency". With it the rollout is all at once, and Lambda itself keeps the old version until the new one is warm.
    Changing the number while a canary runs is refused by AWS, and can be tried again after it.
    """

    def __init__(self, name: str, args: PredictFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cloud, settings = args.cloud, args.settings
        function = Function(
            name,
            FunctionArgs(
                cloud,
                PART,
                "Predicts with the registry's champion.",
                Image(args.image),
                memory=settings.memory,
                timeout_seconds=settings.timeout_seconds,
                reserved_concurrency=settings.reserved_concurrency,
                log_days=settings.log_days,
                log_key=args.log_key,
                message_key=args.message_key,
                env={**args.env, "MLOPS_MODEL_PLACE": PLACE},
                subnets=args.subnets,
                group=args.group,
                granted_by=args.granted_by,
            ),
            self.child(),
        )
        live = aws.lambda_.Alias(
            f"{name}-alias",
            name=ALIAS,
            description="The version that is in use; the rollout moves it.",
            function_name=function.function.name,
            function_version=function.function.version,
            opts=self.child(ignore_changes=ROLLOUT_FIELDS),
        )
        if settings.provisioned_concurrency:
            aws.lambda_.ProvisionedConcurrencyConfig(
                f"{name}-provisioned",
                function_name=function.function.name,
                qualifier=live.name,
                provisioned_concurrent_executions=settings.provisioned_concurrency,
                opts=self.child(),
            )
        api = HttpApi(
            f"{name}-http",
            HttpApiArgs(
                cloud,
                PART,
                function=function.function.name,
                alias=live.name,
                target=live.arn,
                executions=settings.reserved_concurrency,
                timeout_seconds=settings.timeout_seconds,
                log_days=settings.log_days,
                log_key=args.log_key,
            ),
            self.child(),
        )
        provisioned = bool(settings.provisioned_concurrency)
        alarms = {
            **rollback_alarms(function.name, ALIAS, api.id),
            **other_alarms(function.name, ALIAS, function.dead_letters.name, provisioned=provisioned),
        }
        for key, alarm in alarms.items():
            metric_alarm(f"{name}-alarm-{key}", cloud, alarm, args.alarm_topics, self.child())
        self._function = function
        self.role = function.role
        self.name = function.function.name
        self.url = api.url
        self.register_outputs({"name": self.name, "url": self.url})

    def grant(self, name: str, statements: Sequence[Statement]) -> None:
        """Lets the function do this; `name` says of whose resources it is, once per owner."""
        self._function.grant(name, statements)
