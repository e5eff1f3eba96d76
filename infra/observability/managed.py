"""Amazon Managed Prometheus: the same rules, evaluated by AWS from metrics that AWS collects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.observability.alert import Alert, Severity
from infra.observability.beats import beats_topic, silence_alarm
from infra.observability.routing import sns_config
from infra.observability.rule_file import rule_file
from infra.observability.rules import RECORDINGS
from infra.observability.scrape import PLATFORM_TARGETS, scraper_config

LOG_DAYS = 90


@dataclass(frozen=True)
class ManagedPrometheusArgs:
    """The cluster to watch, where the scraper's addresses are, and a topic for each severity.

    `groups` let it reach nodes and control plane; `message_key` encrypts the watchdog's beats.
    """

    cloud: Cloud
    cluster_arn: pulumi.Input[str]
    subnets: Sequence[pulumi.Input[str]]
    groups: Sequence[pulumi.Input[str]]
    alerts: Sequence[Alert]
    topics: Mapping[str, pulumi.Input[str]]
    log_key: pulumi.Input[str]
    message_key: pulumi.Input[str]


class ManagedPrometheus(Component, domain="observability"):
    """Owns workspace, rules, routes, scraper, and who misses the watchdog.

    Does not own the topics of severities, nor leave to reach the pods (`Scraped`).
    """

    def __init__(self, name: str, args: ManagedPrometheusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cloud = args.cloud
        # The service writes to log groups of this name only.
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/vendedlogs/prometheus/{cloud.name('metrics')}",
            retention_in_days=LOG_DAYS,
            kms_key_id=args.log_key,
            tags=cloud.tagged("metrics-logs"),
            opts=self.child(),
        )
        # With AWS' own key: managed collectors do not write to a workspace with a key of ours.
        workspace = aws.amp.Workspace(
            f"{name}-workspace",
            alias=cloud.name("metrics"),
            logging_configuration=aws.amp.WorkspaceLoggingConfigurationArgs(
                log_group_arn=pulumi.Output.concat(logs.arn, ":*")
            ),
            tags=cloud.tagged("metrics"),
            opts=self.child(protect=cloud.durability.protect),
        )
        rules = aws.amp.RuleGroupNamespace(
            f"{name}-rules",
            name="mlops",
            workspace_id=workspace.id,
            data=rule_file(args.alerts, RECORDINGS),
            tags=cloud.tagged("metrics-rules"),
            opts=self.child(),
        )
        beats = beats_topic(f"{name}-watchdog", cloud, args.message_key, self.child())
        routes = aws.amp.AlertManagerDefinition(
            f"{name}-routes",
            workspace_id=workspace.id,
            definition=pulumi.Output.all(beats.arn, pulumi.Output.all(**args.topics)).apply(
                lambda told: sns_config(told[1], told[0], cloud.region)
            ),
            opts=self.child(),
        )
        silence_alarm(f"{name}-silent", cloud, beats, args.topics[Severity.P1], self.child(rules, routes))
        aws.amp.Scraper(
            f"{name}-scraper",
            alias=cloud.name("metrics"),
            source=aws.amp.ScraperSourceArgs(
                eks=aws.amp.ScraperSourceEksArgs(
                    cluster_arn=args.cluster_arn, subnet_ids=list(args.subnets), security_group_ids=list(args.groups)
                )
            ),
            destination=aws.amp.ScraperDestinationArgs(
                amp=aws.amp.ScraperDestinationAmpArgs(workspace_arn=workspace.arn)
            ),
            scrape_configuration=scraper_config(PLATFORM_TARGETS),
            tags=cloud.tagged("metrics-scraper"),
            opts=self.child(),
        )
        self.query_url = workspace.prometheus_endpoint
        self.register_outputs({"queryUrl": self.query_url})
