"""What asks for a retraining, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobs.datasets.shelf import shelf_of
from jobs.drift.events import detail
from jobs.retraining.config import Large
from jobs.retraining.priority import Priority
from jobs.retraining.request import Request
from jobs.retraining.requests import request
from jobs.store import list_objects, read_object
from tests.jobs.retraining.support import NOW, report, wish

LARGE = Large()


def test_the_same_drift_asks_once_and_other_data_asks_again(tmp_path: Path) -> None:
    first = request(report(), str(tmp_path))
    again = request({**report(), "time": "2026-11-22T03:07:00+00:00"}, str(tmp_path))
    other = request(report("s3://features/current/b.csv"), str(tmp_path))
    newer = request(report(version="2"), str(tmp_path))
    assert first == again
    assert len({first, other, newer}) == len(shelf_of(str(tmp_path)).list_keys("requests/")) == 3


def test_a_report_without_drift_asks_for_nothing(tmp_path: Path) -> None:
    assert request(report(psi=0.1), str(tmp_path)) is None
    assert shelf_of(str(tmp_path)).list_keys("requests/") == []


@pytest.mark.usefixtures("store")
def test_a_request_is_an_object_in_the_bucket_of_features_and_stays_as_it_was_made() -> None:
    address = request(report())
    assert address
    assert address.startswith("s3://features/retraining/requests/churn-classifier/v1-")
    request({**report(), "time": "2026-11-22T03:07:00+00:00"})
    assert [url for url, _ in list_objects("s3://features/")] == [address]
    assert Request.model_validate_json(read_object(address)).time.day == 21


def test_a_model_whose_name_looks_like_a_path_stays_in_its_folder(tmp_path: Path) -> None:
    request(report(model="../../other"), str(tmp_path / "shelf"))
    assert [path.parent.name for path in tmp_path.rglob("*.json")] == ["..%2F..%2Fother"]
    assert all((tmp_path / "shelf" / "requests") in path.parents for path in tmp_path.rglob("*.json"))


def test_an_event_of_the_bus_asks_the_same_as_its_report() -> None:
    from_event = Request.of_report(detail(report(), "mlops-dev"))
    assert from_event.key == Request.of_report(report()).key
    assert (from_event.moved, from_event.effect) == (1, 0.3)


@pytest.mark.parametrize(
    ("facts", "priority"),
    [
        ({"performance": True, "moved": 0, "effect": 0.0}, Priority.P0),
        ({"prediction": True}, Priority.P1),
        ({"label": True}, Priority.P1),
        ({"effect": 0.5}, Priority.P1),
        ({"moved": 10}, Priority.P1),
        ({}, Priority.P2),
        ({"moved": 0, "effect": 0.0}, Priority.P3),
        ({"performance": True, "asked": Priority.P3}, Priority.P3),
    ],
)
def test_the_priority_follows_from_what_drifted_and_a_person_may_say_otherwise(
    facts: dict[str, Any], priority: Priority
) -> None:
    assert wish(**facts).priority(LARGE) is priority


def test_a_person_may_ask_again_for_the_same_data() -> None:
    assert wish(asked=Priority.P0).key != wish(asked=Priority.P0, time=NOW.replace(minute=1)).key
