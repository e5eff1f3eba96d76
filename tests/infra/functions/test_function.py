"""Claims about what every function of ours has."""

from __future__ import annotations

import pytest

from infra.functions.code import Folder
from infra.functions.function import Function, FunctionArgs
from infra.functions.queue import Queue, QueueArgs
from tests.support.cloud import DISPOSABLE, LOG_KEY, MESSAGE_KEY, policy
from tests.support.recording import Recording, record

CODE = Folder((("handler.py", "jobs/cli.py"),), "handler.handle")


def program() -> None:
    common = FunctionArgs(
        DISPOSABLE, "alert", "Tells.", CODE, memory=128, timeout_seconds=3, reserved_concurrency=2, log_days=7,
        log_key=LOG_KEY, message_key=MESSAGE_KEY, env={"TOPIC": "t"},
    )  # fmt: skip
    Function("alert", common)
    inside = FunctionArgs(
        DISPOSABLE, "inside", "Is in.", CODE, memory=128, timeout_seconds=3, reserved_concurrency=2, log_days=7,
        log_key=LOG_KEY, message_key=MESSAGE_KEY, env={"TOPIC": "t"}, subnets=["subnet-1"], group="sg-1",
    )  # fmt: skip
    Function("inside", inside)
    dead = Queue("dead", QueueArgs(DISPOSABLE, "dead", MESSAGE_KEY))
    Queue(
        "work",
        QueueArgs(DISPOSABLE, "work", MESSAGE_KEY, dead, (("events.amazonaws.com", "arn:aws:events:::rule/r"),)),
    )


@pytest.fixture(scope="module")
def recorded() -> Recording:
    return record(program)


def test_a_function_has_a_ceiling_traces_dead_letters_and_encrypted_variables(recorded: Recording) -> None:
    inputs = recorded.one("Function", "alert-function").inputs
    assert inputs["name"] == "mlops-dev-alert"
    assert inputs["publish"] is True
    assert inputs["reservedConcurrentExecutions"] == 2
    assert inputs["tracingConfig"] == {"mode": "Active"}
    assert inputs["kmsKeyArn"] == MESSAGE_KEY
    assert inputs["deadLetterConfig"]["targetArn"].endswith("alert-dead-letters-queue")
    assert (inputs["packageType"], inputs["runtime"], inputs["architectures"]) == ("Zip", "python3.13", ["x86_64"])


def test_its_log_is_made_before_it_and_ends(recorded: Recording) -> None:
    log, function = recorded.one("LogGroup", "alert-log"), recorded.one("Function", "alert-function")
    assert log.inputs["name"] == "/aws/lambda/mlops-dev-alert"
    assert (log.inputs["retentionInDays"], log.inputs["kmsKeyId"]) == (7, LOG_KEY)
    assert function.inputs["loggingConfig"]["logGroup"] == log.inputs["name"]
    assert recorded.waits_for(function, log)


def test_it_may_write_its_log_its_traces_and_its_dead_letters_and_nothing_else(recorded: Recording) -> None:
    statements = policy(recorded.one("RolePolicy", "alert-role-run"))
    assert {action for one in statements.values() for action in one["Action"]} == {
        "logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords",
        "sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt",
    }  # fmt: skip
    assert statements["Log"]["Resource"] == [
        "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/mlops-dev-alert:*"
    ]
    assert statements["Send"]["Resource"] == ["arn:aws:sqs:eu-central-1:111122223333:mlops-dev-alert-dead-letters"]
    assert [sid for sid, one in statements.items() if one["Resource"] == ["*"]] == ["Trace"]


def test_the_role_can_act_before_the_function_is_made(recorded: Recording) -> None:
    assert recorded.waits_for(recorded.one("Function", "alert-function"), recorded.one("RolePolicy", "alert-role-run"))


def test_the_service_and_not_the_code_of_a_function_in_the_network_makes_interfaces(recorded: Recording) -> None:
    statements = policy(recorded.one("RolePolicy", "inside-role-run"))
    allowed, refused = statements["Interfaces"], statements["NoInterfacesForCode"]
    assert allowed["Action"] == refused["Action"]
    assert refused["Effect"] == "Deny"
    assert refused["Condition"] == {
        "ArnEquals": {"lambda:SourceFunctionArn": "arn:aws:lambda:eu-central-1:111122223333:function:mlops-dev-inside"}
    }
    assert recorded.one("Function", "inside-function").inputs["vpcConfig"] == {
        "subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"],
    }  # fmt: skip
    assert "vpcConfig" not in recorded.one("Function", "alert-function").inputs


def test_a_queue_is_encrypted_takes_no_plain_http_and_gives_up_after_five_attempts(recorded: Recording) -> None:
    queue = recorded.one("Queue", "work-queue")
    assert queue.inputs["kmsMasterKeyId"] == MESSAGE_KEY
    assert queue.inputs["redrivePolicy"] == (
        '{"deadLetterTargetArn": "arn:aws:aws:sqs/queue:Queue:dead-queue", "maxReceiveCount": 5}'
    )
    assert policy(recorded.one("QueuePolicy", "work-policy"))["DenyInsecureTransport"] == {
        "Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["sqs:*"],
        "Resource": ["arn:aws:sqs:eu-central-1:111122223333:mlops-dev-work"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip


def test_a_service_may_send_only_for_the_one_thing_that_is_named(recorded: Recording) -> None:
    (allowed,) = (
        one for one in policy(recorded.one("QueuePolicy", "work-policy")).values() if one["Effect"] == "Allow"
    )
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert allowed["Action"] == ["sqs:SendMessage"]
    assert allowed["Condition"] == {
        "ArnEquals": {"aws:SourceArn": "arn:aws:events:::rule/r"},
        "StringEquals": {"aws:SourceAccount": "111122223333"},
    }
    assert list(policy(recorded.one("QueuePolicy", "dead-policy"))) == ["DenyInsecureTransport"]


def test_everything_that_can_be_tagged_is(recorded: Recording) -> None:
    for kind in ("Function", "Role", "LogGroup", "Queue"):
        for resource in recorded.of_kind(kind):
            if resource.type.startswith("aws:"):
                assert resource.inputs["tags"]["environment"] == "dev", resource.name
