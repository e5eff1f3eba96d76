"""Requests out of a queue of an emulated AWS account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from jobs.datasets.shelf import shelf_of
from jobs.drift.events import announce
from jobs.errors import MlopsError
from jobs.retraining.intake import take
from jobs.retraining.request import Request
from tests.jobs.retraining.support import report

ARN = "arn:aws:sqs:eu-central-1:123456789012:retraining"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Behind a rule of the bus, as infra/functions/drift_alert.py makes it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        url = boto3.client("sqs").create_queue(QueueName="retraining")["QueueUrl"]
        events = boto3.client("events")
        events.put_rule(Name="drift-found", EventPattern=json.dumps({"source": ["mlops.drift"]}))
        events.put_targets(Rule="drift-found", Targets=[{"Id": "retraining", "Arn": ARN}])
        yield url


def waiting(url: str) -> int:
    found: Any = boto3.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )
    return sum(int(count) for count in found["Attributes"].values())


def test_a_storm_of_events_becomes_a_request_for_each_data_and_leaves_the_queue(queue: str, tmp_path: Path) -> None:
    for number in range(30):
        announce(report(f"s3://features/current/{number % 3}.csv"), "default", "mlops-dev")
    shelf = shelf_of(str(tmp_path))
    assert take(queue, shelf, print) == 30
    requests = [Request.model_validate_json(shelf.read(key)) for key in shelf.list_keys("requests/")]
    assert {one.data for one in requests} == {f"s3://features/current/{number}.csv" for number in range(3)}
    assert {one.key for one in requests} == {
        Request.of_report(report(f"s3://features/current/{number}.csv")).key for number in range(3)
    }
    assert waiting(queue) == 0
    assert take(queue, shelf, print) == 0


@pytest.mark.parametrize("body", ["no JSON", "[]", '{"source": "mlops.drift"}', '{"source": "x", "detail-type": "y"}'])
def test_a_message_that_is_no_event_of_ours_stays_for_the_dead_letters_and_hinders_no_other(
    body: str, queue: str, tmp_path: Path
) -> None:
    boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=body)
    announce(report(), "default", "mlops-dev")
    told: list[str] = []
    assert take(queue, shelf_of(str(tmp_path)), told.append) == 1
    assert [line.split()[2:] for line in told] == [["asks", "for", "nothing", "we", "know:", *told[0].split()[7:]]]
    assert waiting(queue) == 1


def test_a_ledger_that_cannot_be_written_leaves_the_messages(queue: str, tmp_path: Path) -> None:
    announce(report(), "default", "mlops-dev")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MlopsError):
        take(queue, shelf_of(str(tmp_path / "file")), print)
    assert waiting(queue) == 1


@pytest.mark.usefixtures("queue")
def test_a_queue_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match="refused"):
        take("https://sqs.eu-central-1.amazonaws.com/123456789012/none", shelf_of(str(tmp_path)), print)
