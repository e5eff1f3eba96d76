"""Who misses the watchdog of Amazon's Alertmanager: a topic that nobody hears, and an alarm on its silence."""

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.policy_document import document
from infra.notifications.topics import alert_manager_policy

PART = "watchdog"
RUNBOOK = "docs/runbooks/watchdog.md"
# SNS counts in steps of five minutes.
PERIOD, PERIODS = 300, 3


def beats_topic(name: str, cloud: Cloud, key: pulumi.Input[str], opts: pulumi.ResourceOptions) -> aws.sns.Topic:
    """Alarms may not publish to it: that would be taken for a beat."""
    topic = aws.sns.Topic(name, name=cloud.name(PART), kms_master_key_id=key, tags=cloud.tagged(PART), opts=opts)
    policy = document(alert_manager_policy(cloud, topic.arn))
    aws.sns.TopicPolicy(f"{name}-policy", arn=topic.arn, policy=policy, opts=opts)
    return topic


def silence_alarm(
    name: str, cloud: Cloud, beats: aws.sns.Topic, told: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> None:
    """Tells the topic `told` when no beat came for a quarter of an hour, and when they come again."""
    aws.cloudwatch.MetricAlarm(
        name,
        name=cloud.name(f"{PART}-silent"),
        alarm_description=f"P1: The watchdog is silent: no alert of Prometheus would arrive either. {RUNBOOK}",
        namespace="AWS/SNS",
        metric_name="NumberOfMessagesPublished",
        dimensions={"TopicName": beats.name},
        statistic="Sum",
        comparison_operator="LessThanThreshold",
        threshold=1,
        period=PERIOD,
        evaluation_periods=PERIODS,
        datapoints_to_alarm=PERIODS,
        treat_missing_data="breaching",
        alarm_actions=[told],
        ok_actions=[told],
        tags=cloud.tagged(f"{PART}-silent"),
        opts=opts,
    )
