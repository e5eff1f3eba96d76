"""The function that tells people about drift."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from functions.drift_alert.handler import handle
from functions.drift_alert.message import InvalidEventError, read, subject, text
from jobs.drift.events import DETAIL_TYPE, SOURCE, detail

REPORT = {
    "time": "2026-11-21T03:07:00+00:00", "model": "churn-classifier", "version": "3",
    "current": "s3://features/current/2026-11-21.parquet", "rows": 7043, "referenceRows": 5634, "threshold": 0.2,
    "drifted": True, "report": "s3://features/drift/2026-11-21.json",
    "features": [
        {"feature": "contract", "psi": 1.234567, "drifted": True, "missing": 0.0, "new": ["Five years", "Ten years"]},
        {"feature": "tenure", "psi": 0.31, "drifted": True, "missing": 0.1, "new": []},
        {"feature": "gender", "psi": 0.01, "drifted": False, "missing": 0.0, "new": []},
    ],
}  # fmt: skip


def event(**changes: Any) -> dict[str, Any]:
    said = {**json.loads(json.dumps(detail(REPORT, "mlops-dev"))), **changes}
    return {"version": "0", "source": SOURCE, "detail-type": DETAIL_TYPE, "account": "111122223333", "detail": said}


def test_the_mail_says_what_moved_by_how_much_and_where_to_look() -> None:
    said = read(event())
    assert subject(said) == "mlops-dev: churn-classifier: drift in 2 features"
    mail = text(said)
    assert "contract  1.235  new: Five years, Ten years" in mail
    assert "tenure    0.310" in mail
    assert "gender" not in mail
    assert "s3://features/drift/2026-11-21.json" in mail
    assert "version 3 of\nchurn-classifier" in mail


def test_a_long_list_ends_with_how_many_more_there_are() -> None:
    feature = {"feature": "f", "psi": 1.0, "missing": 0.0, "new": []}
    mail = text(read(event(features=[feature] * 50, moved=70)))
    assert "and 50 more" in mail
    assert mail.count("  f  1.000") == 20


@given(st.text(max_size=300), st.text(max_size=300))
def test_the_subject_is_one_that_sns_accepts(platform: str, model: str) -> None:
    line = subject(read(event(platform=platform, model=model)))
    assert 0 < len(line) <= 100
    assert line.isascii()
    assert line.isprintable()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": "aws.s3"}, "source is 'aws.s3'; allowed: 'mlops.drift'"),
        ({"detail-type": "Other"}, "detail-type is 'Other'"),
        ({"detail": None}, "detail is NoneType"),
        ({"detail": {}}, "detail.platform is None"),
    ],
)
def test_another_event_is_refused_with_what_is_wrong(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidEventError, match=words):
        read({**event(), **change})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rows": "many"}, "detail.rows is 'many'"),
        ({"features": [{"psi": 1.0}]}, r"detail.features\[0\] names no feature"),
        ({"features": [{"feature": "tenure", "psi": None}]}, r"detail.features\[0\].psi is None"),
    ],
)
def test_a_detail_of_another_shape_is_refused_with_the_part_that_is_wrong(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidEventError, match=words):
        read(event(**change))


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A topic in an emulated account, and a queue that hears it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        topic = boto3.client("sns").create_topic(Name="p2")["TopicArn"]
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="mails")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        monkeypatch.setenv("MLOPS_TOPIC_ARN", topic)
        yield lambda: [
            json.loads(one["Body"])
            for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        ]


def test_the_handler_publishes_to_the_topic_it_was_given(mailbox: Any) -> None:
    answer = handle(event(), None)
    (mail,) = mailbox()
    assert mail["MessageId"] == answer["messageId"]
    assert mail["Subject"] == "mlops-dev: churn-classifier: drift in 2 features"
    assert "retraining is queued" in mail["Message"]


def test_what_is_no_such_event_is_not_published(mailbox: Any) -> None:
    with pytest.raises(InvalidEventError):
        handle({"source": "aws.s3"}, None)
    assert mailbox() == []
