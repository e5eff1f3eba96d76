"""Alarms, rules of events and what rules call."""

from __future__ import annotations

import json

from tests.support.aws import Trial

ALARM, RULE, TARGET = (
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
)
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
ALARMED = {
    "alarmDescription": "p95 is above 200 ms.",
    "namespace": "AWS/Lambda",
    "metricName": "Duration",
    "dimensions": {"FunctionName": "predict", "Resource": "predict:live"},
    "extendedStatistic": "p95",
    "period": 60,
    "evaluationPeriods": 3,
    "datapointsToAlarm": 3,
    "threshold": 200.5,
    "comparisonOperator": "GreaterThanThreshold",
    "treatMissingData": "notBreaching",
    "alarmActions": [TOPIC],
    "okActions": [TOPIC],
    "tags": {"Name": "slow"},
}


def test_an_alarm_lives_its_whole_life(trial: Trial) -> None:
    alarm = trial.create(ALARM, ALARMED, name="slow")
    assert alarm.id.startswith("slow-")
    assert alarm.outputs["arn"] == f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:{alarm.id}"
    assert trial.diff(alarm, ALARMED) == ([], [])
    before = dict(alarm.inputs)
    assert trial.refresh(alarm)
    assert alarm.inputs == before
    changed = {**ALARMED, "threshold": 100, "dimensions": {"FunctionName": "predict"}, "tags": {"Name": "slower"}}
    trial.update(alarm, changed)
    (live,) = trial.client("cloudwatch").describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"]
    assert (live["Threshold"], live["Dimensions"]) == (100, [{"Name": "FunctionName", "Value": "predict"}])
    assert alarm.outputs["tagsAll"] == {"Name": "slower"}
    assert trial.imported(ALARM, alarm.id).inputs["dimensions"] == {"FunctionName": "predict"}
    trial.delete(alarm)
    assert not trial.refresh(alarm)


def test_an_alarm_that_others_changed_shows_it(trial: Trial) -> None:
    alarm = trial.create(ALARM, {**ALARMED, "name": "changed-by-others"})
    trial.client("cloudwatch").put_metric_alarm(
        AlarmName=alarm.id, Namespace="AWS/Lambda", MetricName="Duration", ExtendedStatistic="p95", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    trial.refresh(alarm)
    assert (alarm.inputs["threshold"], alarm.inputs["evaluationPeriods"]) == (1, 1)
    assert trial.diff(alarm, {**ALARMED, "name": "changed-by-others"})[0][0] == "alarmActions"


def test_a_rule_and_its_target_live_their_whole_life(trial: Trial) -> None:
    pattern = json.dumps({"source": ["aws.s3"], "detail-type": ["Object Created"]})
    rule = trial.create(RULE, {"eventPattern": pattern, "eventBusName": "default", "tags": {"a": "1"}}, name="reports")
    function = "arn:aws:lambda:eu-central-1:123456789012:function:drift-alert"
    wanted = {
        "rule": rule.outputs["name"],
        "eventBusName": "default",
        "arn": function,
        "targetId": "drift-alert",
        "deadLetterConfig": {"arn": "arn:aws:sqs:eu-central-1:123456789012:dead"},
        "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 3},
    }
    target = trial.create(TARGET, wanted)
    assert target.id == f"{rule.id}-drift-alert"
    assert trial.diff(target, wanted) == ([], [])
    assert trial.refresh(target)
    assert target.inputs == wanted
    assert trial.imported(TARGET, f"{rule.id}/drift-alert").inputs == {**wanted, "region": "eu-central-1"}
    trial.update(target, wanted | {"retryPolicy": {"maximumEventAgeInSeconds": 60, "maximumRetryAttempts": 1}})
    trial.update(rule, {"eventPattern": pattern, "eventBusName": "default", "state": "DISABLED", "tags": {"a": "2"}})
    assert (rule.outputs["state"], rule.outputs["tagsAll"]) == ("DISABLED", {"a": "2"})
    trial.delete(target)
    assert not trial.refresh(target)
    trial.delete(rule)
    assert not trial.refresh(rule)
