"""CloudWatch alarms as rows of a table, and the alarm each row becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud

RUNBOOK = "docs/runbooks/serving-alarms.md"


@dataclass(frozen=True)
class Alarm:
    """Fires when the metric is above `above` in `of` of the last `of` periods. No data means that nothing was wrong.

    `statistic` is one of CloudWatch's own or a percentile such as p95. `part` names it: `mlops-dev-predict-errors`.
    """

    part: str
    description: str
    severity: str
    namespace: str
    metric: str
    above: float
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    statistic: str = "Sum"
    period: int = 60
    of: int = 1

    @property
    def is_percentile(self) -> bool:
        return self.statistic.startswith("p")


def waiting(part: str, queue: str) -> Alarm:
    """Somebody must look at a queue of dead letters as soon as there is one in it."""
    return Alarm(
        part,
        "What failed on every attempt waits in the queue; see what it is, mend the cause, send it again.",
        "P2",
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        0,
        {"QueueName": queue},
        statistic="Maximum",
        period=300,
    )


def metric_alarm(
    name: str, cloud: Cloud, alarm: Alarm, topics: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    """The alarm, which tells the topic of its severity when it begins and when it ends."""
    topic = topics[alarm.severity]
    return aws.cloudwatch.MetricAlarm(
        name,
        name=cloud.name(alarm.part),
        alarm_description=f"{alarm.description} {RUNBOOK}",
        namespace=alarm.namespace,
        metric_name=alarm.metric,
        dimensions=dict(alarm.dimensions),
        statistic=None if alarm.is_percentile else alarm.statistic,
        extended_statistic=alarm.statistic if alarm.is_percentile else None,
        period=alarm.period,
        evaluation_periods=alarm.of,
        datapoints_to_alarm=alarm.of,
        threshold=alarm.above,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[topic],
        ok_actions=[topic],
        tags=cloud.tagged(alarm.part),
        opts=opts,
    )
