"""A drift check tells the event bus, and only of drift."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.drift_alert.message import read
from jobs.drift.events import announce, detail
from jobs.errors import MlopsError
from jobs.training.config import Experiment
from tests.jobs.support import mlops


class Bus:
    """An event bus in an emulated account, and a queue that hears everything on it."""

    def __init__(self) -> None:
        events = boto3.client("events")
        self._sqs: Any = boto3.client("sqs")
        self._url = self._sqs.create_queue(QueueName="heard")["QueueUrl"]
        events.put_rule(Name="all", EventPattern=json.dumps({"source": ["mlops.drift"]}))
        arn = "arn:aws:sqs:eu-central-1:123456789012:heard"
        events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])

    def heard(self) -> list[Any]:
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield Bus()


def report(features: int) -> dict[str, Any]:
    one = {"feature": "tenure", "psi": 0.5, "drifted": True, "missing": 0.0, "new": [str(n) for n in range(20)]}
    still = {**one, "feature": "gender", "drifted": False}
    return {
        "time": "2026-11-21T03:07:00+00:00", "model": "m", "version": "1", "current": "telco", "rows": 10,
        "referenceRows": 10, "threshold": 0.2, "drifted": True, "features": [*[one] * features, still],
    }  # fmt: skip


def test_the_event_has_the_features_that_moved_and_stays_small() -> None:
    said = detail(report(60), "mlops-dev")
    assert said["moved"] == 60
    assert {one["feature"] for one in said["features"]} == {"tenure"}
    assert len(said["features"]) == 50
    assert all(len(one["new"]) == 5 for one in said["features"])
    assert said["report"] is None


def test_the_event_on_the_bus_is_one_that_the_function_understands(bus: Bus) -> None:
    identifier = announce(report(1), "default", "mlops-dev")
    (event,) = bus.heard()
    assert event["id"] == identifier
    assert read(event)["model"] == "m"


def test_a_bus_that_does_not_exist_is_an_error_that_names_it(bus: Bus) -> None:
    with pytest.raises(MlopsError):
        announce(report(1), "arn:aws:events:eu-central-1:123456789012:event-bus/none", "mlops-dev")
    assert bus.heard() == []


@pytest.mark.usefixtures("registry")
def test_the_command_tells_the_bus_of_drift_and_of_nothing_else(
    bus: Bus, experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_EVENT_BUS", "default")
    monkeypatch.setenv("MLOPS_PLATFORM", "mlops-dev")
    still = mlops("drift", "check", "--current", "telco", "--json")
    assert (still.code, still.json["drifted"], bus.heard()) == (0, False, []), still.err
    frame = experiment.data.read()
    frame["tenure"] = frame["tenure"] // 3
    frame.to_csv(tmp_path / "current.csv", index=False)
    moved = mlops("drift", "check", "--current", str(tmp_path / "current.csv"), "--json")
    (event,) = bus.heard()
    assert event["id"] == moved.json["event"]
    assert (event["detail"]["platform"], event["detail"]["version"]) == ("mlops-dev", "1")
    assert event["detail"]["features"][0]["feature"] == "tenure"
