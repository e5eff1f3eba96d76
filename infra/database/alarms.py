"""When somebody is told of the database on RDS: a table, and the CloudWatch alarms it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from infra.database.instance_class import burstable, memory_bytes
from infra.database.limits import CONNECTIONS, TRANSACTION_IDS
from infra.foundation.cloud import Cloud
from infra.settings.rds import RdsSettings

RUNBOOK = "docs/runbooks/rds-alarms.md"
GIB = 2**30
# RDS grows the storage when a tenth is free; at half of that it did not.
FREE_STORAGE = 0.05
FREE_MEMORY = 0.05


@dataclass(frozen=True)
class Alarm:
    """`metric` of the instance below or above `threshold` for `minutes`, each on its own."""

    name: str
    severity: str
    summary: str
    metric: str
    threshold: float
    minutes: int
    below: bool = False
    statistic: str = "Average"
    silence_is_bad: bool = False


# RDS runs these classes in unlimited mode: they are not slowed down.
CPU_BURST = Alarm(
    "cpu-burst", "P3", "The processor's credits are used up: more is billed", "CPUCreditBalance", 10, 30, below=True
)


def alarms(settings: RdsSettings) -> list[Alarm]:
    """Every alarm of one instance."""
    return [
        Alarm(
            "silent", "P1", "The database reports nothing: it is down, or being failed over for too long",
            "DatabaseConnections", 1, 5, below=True, statistic="SampleCount", silence_is_bad=True,
        ),
        Alarm(
            "storage", "P1", "Storage is nearly full and has not grown: the database stops when it is",
            "FreeStorageSpace", FREE_STORAGE * settings.storage * GIB, 10, below=True,
        ),
        Alarm(
            "transaction-ids", "P1", "Old transactions are not cleaned up: PostgreSQL stops writing at twice as many",
            "MaximumUsedTransactionIDs", TRANSACTION_IDS, 15, statistic="Maximum",
        ),
        Alarm(
            "connections", "P2", "Connections are running out",
            "DatabaseConnections", CONNECTIONS * settings.max_connections, 5, statistic="Maximum",
        ),
        Alarm("cpu", "P2", "The processor is at its limit", "CPUUtilization", 90, 15),
        Alarm(
            "memory", "P2", "Memory is running out: the next large query may restart the database",
            "FreeableMemory", FREE_MEMORY * memory_bytes(settings.instance_class), 15, below=True,
        ),
        # Of these two, the disk of a large class reports nothing: it is never slowed down.
        Alarm(
            "io-burst", "P2", "The disk will be slower: its credits for operations are used up",
            "EBSIOBalance%", 20, 15, below=True,
        ),
        Alarm(
            "bytes-burst", "P2", "The disk will be slower: its credits for bytes are used up",
            "EBSByteBalance%", 20, 15, below=True,
        ),
        *([CPU_BURST] if burstable(settings.instance_class) else []),
    ]  # fmt: skip


def metric_alarm(
    name: str,
    alarm: Alarm,
    cloud: Cloud,
    instance: pulumi.Input[str],
    topics: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> cloudwatch.MetricAlarm:
    """An alarm that tells the topic of its severity when it begins and when it ends."""
    topic = topics[alarm.severity]
    return cloudwatch.MetricAlarm(
        f"{name}-{alarm.name}",
        alarm_description=f"{alarm.severity}: {alarm.summary}. {RUNBOOK}#{alarm.name}",
        namespace="AWS/RDS",
        metric_name=alarm.metric,
        dimensions={"DBInstanceIdentifier": instance},
        statistic=alarm.statistic,
        comparison_operator="LessThanThreshold" if alarm.below else "GreaterThanThreshold",
        threshold=alarm.threshold,
        period=60,
        evaluation_periods=alarm.minutes,
        datapoints_to_alarm=alarm.minutes,
        treat_missing_data="breaching" if alarm.silence_is_bad else "notBreaching",
        alarm_actions=[topic],
        ok_actions=[topic],
        tags=cloud.tagged(f"{name}-{alarm.name}"),
        opts=opts,
    )
