"""Claims about what happens when data has drifted."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from functions.drift_alert import message
from infra.foundation.policy_document import Statement
from infra.functions import drift_alert
from infra.functions.drift_alert import CODE, DriftAlert, DriftAlertArgs
from infra.settings.functions import DriftAlertSettings
from jobs.drift import events
from tests.support.cloud import DISPOSABLE, LOG_KEY, MESSAGE_KEY, TOPICS, policy
from tests.support.recording import Recording, record

ROOT = Path(__file__).parents[3]
RULE = "arn:aws:events:eu-central-1:111122223333:rule/mlops-dev-drift-found"


class Identity:
    def __init__(self) -> None:
        self.granted: dict[str, list[dict[str, Any]]] = {}

    def grant(self, name: str, statements: Sequence[Statement]) -> None:
        self.granted[name] = [one.document() for one in statements]


IDENTITY = Identity()
ENV: dict[str, str] = {}


def program() -> None:
    made = DriftAlert(
        "drift-alert", DriftAlertArgs(DISPOSABLE, DriftAlertSettings(severity="P3"), LOG_KEY, MESSAGE_KEY, TOPICS)
    )
    made.grant_events(IDENTITY)
    ENV.update(made.env)


@pytest.fixture(scope="module")
def recorded() -> Recording:
    return record(program)


def test_sender_rule_and_function_mean_the_same_event(recorded: Recording) -> None:
    pattern = json.loads(recorded.one("EventRule", "drift-alert-events-rule").inputs["eventPattern"])
    assert pattern["source"] == [events.SOURCE] == [message.SOURCE] == [drift_alert.SOURCE]
    assert pattern["detail-type"] == [events.DETAIL_TYPE] == [message.DETAIL_TYPE] == [drift_alert.DETAIL_TYPE]


def test_only_events_of_this_platform_in_this_account_match(recorded: Recording) -> None:
    pattern = json.loads(recorded.one("EventRule", "drift-alert-events-rule").inputs["eventPattern"])
    assert pattern["detail"] == {"platform": [ENV["MLOPS_PLATFORM"]]}
    assert pattern["account"] == ["111122223333"]
    assert ENV == {"MLOPS_EVENT_BUS": "default", "MLOPS_PLATFORM": "mlops-dev"}


def test_the_function_and_the_retraining_queue_are_told_and_what_cannot_be_delivered_is_kept(
    recorded: Recording,
) -> None:
    targets = {one.inputs["targetId"]: one.inputs for one in recorded.of_kind("EventTarget")}
    assert targets["alert"]["arn"].endswith("drift-alert-function")
    assert targets["retraining"]["arn"].endswith("drift-alert-retraining-queue")
    for target in targets.values():
        assert target["deadLetterConfig"]["arn"].endswith("drift-alert-undelivered-queue")
        assert target["retryPolicy"] == {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 20}


def test_only_the_rule_may_send_to_the_queues_and_call_the_function(recorded: Recording) -> None:
    for name in ("drift-alert-retraining-policy", "drift-alert-undelivered-policy"):
        statements = policy(recorded.one("QueuePolicy", name))
        assert statements["SendEvents"]["Condition"]["ArnEquals"] == {"aws:SourceArn": RULE}
        assert statements["DenyInsecureTransport"]["Effect"] == "Deny"
    permission = recorded.one("Permission", "drift-alert-permission").inputs
    assert (permission["principal"], permission["sourceArn"]) == ("events.amazonaws.com", RULE)
    assert recorded.one("EventRule", "drift-alert-events-rule").inputs["name"] == RULE.rpartition("/")[2]


def test_a_retraining_that_fails_five_times_is_a_dead_letter(recorded: Recording) -> None:
    queue = recorded.one("Queue", "drift-alert-retraining-queue").inputs
    assert queue["name"] == "mlops-dev-retraining"
    redrive = json.loads(queue["redrivePolicy"])
    assert redrive["deadLetterTargetArn"].endswith("drift-alert-undelivered-queue")
    assert redrive["maxReceiveCount"] == 5


def test_the_function_may_publish_to_the_topic_of_its_severity_and_to_no_other(recorded: Recording) -> None:
    statements = policy(recorded.one("RolePolicy", "drift-alert-role-topic"))
    assert statements["Publish"]["Resource"] == [TOPICS["P3"]]
    environment = recorded.one("Function", "drift-alert-function").inputs["environment"]
    assert environment == {"variables": {"MLOPS_TOPIC_ARN": TOPICS["P3"]}}


@pytest.mark.usefixtures("recorded")
def test_who_is_granted_events_can_send_this_one_kind_and_nothing_else() -> None:
    assert IDENTITY.granted == {
        "drift-events": [
            {
                "Sid": "PutEvents",
                "Effect": "Allow",
                "Action": ["events:PutEvents"],
                "Resource": ["arn:aws:events:eu-central-1:111122223333:event-bus/default"],
                "Condition": {"StringEquals": {"events:source": "mlops.drift", "events:detail-type": "DriftFound"}},
            }
        ]
    }


def test_a_dead_letter_is_an_alarm(recorded: Recording) -> None:
    assert {one.inputs["dimensions"]["QueueName"] for one in recorded.of_kind("MetricAlarm")} == {
        "mlops-dev-drift-alert-dead-letters", "mlops-dev-drift-dead-letters",
    }  # fmt: skip


def test_the_package_has_every_file_of_the_function_and_is_imported_from_it_alone(tmp_path: Path) -> None:
    folder = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "functions/drift_alert").glob("*.py"))
    assert [inside for inside, _ in CODE.files] == ["functions/__init__.py", *folder]
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as package:
        for inside, outside in CODE.files:
            package.write(ROOT / outside, inside)
    module, _, function = CODE.handler.rpartition(".")
    line = f"import {module} as m; print(m.__file__, callable(m.{function}))"
    done = subprocess.run(
        [sys.executable, "-c", line], cwd=tmp_path, env={"PYTHONPATH": "package.zip"}, capture_output=True, text=True
    )
    assert done.stdout.endswith("package.zip/functions/drift_alert/handler.py True\n"), done.stderr
