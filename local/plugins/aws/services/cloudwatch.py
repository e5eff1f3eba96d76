"""CloudWatch: log groups, alarms and rules of events.

In the SDK it is one module; in boto3 the clients `logs`, `cloudwatch` and `events`.
"""
# ruff: noqa: ARG002  the base class fixes the signature of every method

from __future__ import annotations

from typing import Any

from pulumi_aws import cloudwatch

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.aws.tagging import Tagging, from_pairs, pairs
from local.plugins.errors import PluginError

_BUS = "default"
# What the SDK calls otherwise than the API.
_TARGET = {"targetId": "Id", "sqsTarget": "SqsParameters", "inputPaths": "InputPathsMap"}


class LogGroup(Kind):
    sdk, service = cloudwatch.LogGroup, "logs"
    carries = words("name retentionInDays kmsKeyId logGroupClass tags")
    fixed = words("name logGroupClass")
    naming = Naming("name", longest=512)
    tagging = Tagging(
        "tag_resource", "untag_resource", "list_tags_for_resource", "resourceArn",
        tags="tags", keys="tagKeys", found="tags", in_pairs=False,
    )  # fmt: skip

    def create(self, op: Operation) -> str:
        name = str(op.new["name"])
        tags = {"tags": op.tags} if op.tags else {}
        op.client.create_log_group(
            logGroupName=name, **tags, **op.given(kmsKeyId="kmsKeyId", logGroupClass="logGroupClass")
        )
        op.created(name)
        if op.new.get("retentionInDays"):
            self._retain(op, name)
        return name

    def read(self, op: Operation, identifier: str) -> Properties | None:
        pages = op.client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=identifier)
        groups: list[dict[str, Any]] = [group for page in pages for group in page["logGroups"]]
        found = next((group for group in groups if group["logGroupName"] == identifier), None)
        if found is None:
            return None
        return {
            "name": identifier,
            "arn": found["arn"].removesuffix(":*"),
            "retentionInDays": found.get("retentionInDays", 0),
            "kmsKeyId": found.get("kmsKeyId", ""),
            "logGroupClass": found.get("logGroupClass", "STANDARD"),
        }

    def update(self, op: Operation, identifier: str) -> None:
        if "retentionInDays" in op.changed:
            self._retain(op, identifier)
        if "kmsKeyId" in op.changed:
            if key := op.new.get("kmsKeyId"):
                op.client.associate_kms_key(logGroupName=identifier, kmsKeyId=key)
            else:
                op.client.disassociate_kms_key(logGroupName=identifier)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_log_group(logGroupName=identifier)

    def _retain(self, op: Operation, name: str) -> None:
        """0 days mean for ever."""
        if days := op.new.get("retentionInDays"):
            op.client.put_retention_policy(logGroupName=name, retentionInDays=days)
        else:
            op.client.delete_retention_policy(logGroupName=name)


class MetricAlarm(Kind):
    """An alarm on one metric; it is always written as a whole."""

    sdk, service = cloudwatch.MetricAlarm, "cloudwatch"
    carries = words(
        "name alarmDescription namespace metricName dimensions statistic extendedStatistic period evaluationPeriods "
        "datapointsToAlarm threshold comparisonOperator treatMissingData actionsEnabled alarmActions okActions "
        "insufficientDataActions unit tags"
    )
    fixed = words("name")
    unordered = words("alarmActions okActions insufficientDataActions")
    naming = Naming("name", longest=255)
    tagging = Tagging("tag_resource", "untag_resource", "list_tags_for_resource", "ResourceARN")

    def create(self, op: Operation) -> str:
        self._put(op, Tags=self.tagging.form(op.tags))
        return str(op.new["name"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        found = op.client.describe_alarms(AlarmNames=[identifier], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not found:
            return None
        shown = from_api(self.inputs, found[0], name="AlarmName")
        return shown | {
            "arn": found[0]["AlarmArn"],
            "dimensions": from_pairs(found[0]["Dimensions"], "Name"),
            "treatMissingData": found[0].get("TreatMissingData", "missing"),
        }

    def update(self, op: Operation, identifier: str) -> None:
        self._put(op)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_alarms(AlarmNames=[identifier])

    def _put(self, op: Operation, **more: Any) -> None:
        plain = {name: value for name, value in op.new.items() if name not in ("tags", "region", "dimensions")}
        wanted = to_api(op.client, "put_metric_alarm", plain, name="AlarmName")
        dimensions = pairs(op.new.get("dimensions", {}), "Name")
        op.client.put_metric_alarm(Dimensions=dimensions, **wanted, **more)


class EventRule(Kind):
    """Its id is its name or, on another bus than the default one, `bus/name`."""

    sdk, service = cloudwatch.EventRule, "events"
    carries = words("name eventBusName description eventPattern scheduleExpression state roleArn tags")
    fixed = words("name eventBusName")
    naming = Naming("name", longest=64)
    tagging = Tagging("tag_resource", "untag_resource", "list_tags_for_resource", "ResourceARN")

    def create(self, op: Operation) -> str:
        self._put(op, Tags=self.tagging.form(op.tags))
        bus, name = op.new.get("eventBusName", _BUS), str(op.new["name"])
        return name if bus == _BUS else f"{bus}/{name}"

    def read(self, op: Operation, identifier: str) -> Properties:
        rule = op.client.describe_rule(**self._address(identifier))
        return from_api(self.inputs, rule) | {"arn": rule["Arn"]}

    def update(self, op: Operation, identifier: str) -> None:
        self._put(op)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_rule(**self._address(identifier))

    def _put(self, op: Operation, **more: Any) -> None:
        plain = {name: value for name, value in op.new.items() if name not in ("tags", "region")}
        op.client.put_rule(**to_api(op.client, "put_rule", plain), **more)

    def _address(self, identifier: str) -> dict[str, str]:
        bus, _, name = identifier.rpartition("/")
        return {"EventBusName": bus or _BUS, "Name": name}


class EventTarget(Kind):
    """Its id is `rule-target`; an import takes `rule/target` or `bus/rule/target`, because names may hold dashes."""

    sdk, service = cloudwatch.EventTarget, "events"
    carries = words(
        "rule eventBusName targetId arn roleArn input inputPath inputTransformer deadLetterConfig retryPolicy sqsTarget"
    )
    fixed = words("rule eventBusName targetId")
    naming = Naming("targetId", longest=64)

    def create(self, op: Operation) -> str:
        self._put(op)
        return f"{op.new['rule']}-{op.new['targetId']}"

    def read(self, op: Operation, identifier: str) -> Properties | None:
        rule, target = self._place(op, identifier)
        pages = op.client.get_paginator("list_targets_by_rule").paginate(**rule)
        found = next((each for page in pages for each in page["Targets"] if each["Id"] == target), None)
        if found is None:
            return None
        return from_api(self.inputs, found, **_TARGET) | {"rule": rule["Rule"], "eventBusName": rule["EventBusName"]}

    def update(self, op: Operation, identifier: str) -> None:
        self._put(op)

    def delete(self, op: Operation, identifier: str) -> None:
        rule, target = self._place(op, identifier)
        op.client.remove_targets(**rule, Ids=[target])

    def _put(self, op: Operation) -> None:
        own = {name: value for name, value in op.new.items() if name not in ("rule", "eventBusName", "region")}
        wanted = to_api(op.client, "put_targets", {"targets": [own]}, **_TARGET)
        answer = op.client.put_targets(**self._place(op, "")[0], **wanted)
        for failed in answer["FailedEntries"]:
            raise PluginError(f"{self.token}: AWS refused the target: {failed['ErrorCode']}: {failed['ErrorMessage']}")

    def _place(self, op: Operation, identifier: str) -> tuple[dict[str, str], str]:
        if op.known:
            bus, rule, target = op.known.get("eventBusName", _BUS), op.known["rule"], op.known["targetId"]
        else:
            place, _, target = identifier.rpartition("/")
            bus, _, rule = place.rpartition("/")
        return {"EventBusName": bus or _BUS, "Rule": rule}, target
