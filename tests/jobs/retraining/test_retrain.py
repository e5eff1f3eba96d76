"""The champion's recipe on new rows, on a real registry: promoted or refused, each with its record, by any attempt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.audit.trail import Trail
from jobs.datasets.shelf import shelf_of
from jobs.registry.versions import Registry
from jobs.retraining.ledger import Ledger, at
from jobs.retraining.outcome import unmeasured
from jobs.retraining.retrain import Retraining
from tests.jobs.retraining.recipe import FIRST, MODEL, Customers
from tests.jobs.support import Outcome, mlops

# What version 1 was trained on.
OLD = ("--data", f"dataset:customers@{FIRST.isoformat()}")
FORCED = ("--force", "--reason", "the test's start")


@dataclass(frozen=True)
class Loop:
    """A ledger of its own, and the dataset that the champion was trained on."""

    customers: Customers
    place: str

    def run(self, *arguments: str) -> Outcome:
        return mlops("retrain", "run", "--model", MODEL, "--at", self.place, "--json", *arguments)

    def again(self, place: str) -> Outcome:
        """Another attempt at the first start, whose order stands in this ledger."""
        return mlops("retrain", "run", f"{place}/runs/{MODEL}/000001.json", "--json")

    def forgotten(self, place: Path) -> str:
        """A ledger in which the same start has no outcome: its attempt died before it could write it."""
        (order,) = Ledger(shelf_of(self.place)).page(MODEL).orders
        Ledger(shelf_of(str(place))).claim(order)
        return str(place)


@pytest.fixture
def loop(tracking: str, first_version: Customers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """Champion is version 1; tests before may have appended to its dataset."""
    assert tracking
    monkeypatch.setenv("MLOPS_DATASETS", first_version.root)
    assert mlops("models", "promote", MODEL, "--version", "1", *FORCED).code == 0
    yield Loop(first_version, str(tmp_path / "ledger"))
    sound = mlops("audit", "verify", "--registry")
    assert sound.code == 0, sound.out


def versions() -> list[str]:
    return [one["version"] for one in mlops("models", "list", MODEL, "--json").json]


def holder(alias: str) -> str:
    return str(mlops("models", "show", MODEL, f"@{alias}", "--json").json["version"])


def told(action: str) -> dict[str, Any]:
    found: dict[str, Any] = mlops("audit", "list", "--action", action, "--json").json[-1]
    return found


def test_without_new_rows_nothing_is_trained_and_the_reason_stands_in_ledger_and_trail(loop: Loop) -> None:
    before = versions()
    said = loop.run(*OLD)
    assert (said.code, said.json["result"]) == (0, "refused"), said.err
    assert "no rows that the champion was not trained on" in said.json["reason"]
    assert versions() == before
    assert told("retraining.refused")["facts"]["reason"] == said.json["reason"]
    history = mlops("retrain", "history", "--model", MODEL, "--at", loop.place, "--json").json
    assert [one["outcome"]["result"] for one in history] == ["refused"]


def test_customers_who_behave_otherwise_make_a_challenger_that_takes_the_alias(loop: Loop, tmp_path: Path) -> None:
    digest = loop.customers.append(1500, turned=True)
    said = loop.run("--reason", "drift")
    made = said.json
    assert (said.code, made["result"], made["champion"], made["data_sha256"]) == (0, "promoted", "1", digest), said.err
    assert holder("champion") == holder("challenger") == made["version"] == versions()[0]
    gains = {one["metric"]: one for one in made["figures"]["gains"]}
    assert gains["roc_auc"]["low"] > 0.3
    assert 0 < made["cpu_hours"] < 1
    assert told("retraining.promoted")["facts"]["version"] == made["version"]

    known = versions()
    again = loop.again(loop.place)
    assert (again.code, again.json) == (0, made)
    # Died between promotion and outcome: the next attempt finds what was done and ends it.
    late = loop.again(loop.forgotten(tmp_path / "forgotten"))
    assert (late.code, late.json["result"], late.json["version"]) == (0, "promoted", made["version"]), late.err
    assert "trained before as run" in late.err
    assert versions() == known


def test_more_customers_of_the_same_kind_make_a_challenger_that_is_refused_with_figures(loop: Loop) -> None:
    loop.customers.append(3000)
    said = loop.run()
    assert (said.code, said.json["result"]) == (0, "refused"), said.err
    assert said.json["reason"].startswith("roc_auc is not surely better")
    assert [one["metric"] for one in said.json["figures"]["gains"]] == ["roc_auc", "log_loss", "cost"]
    assert (holder("champion"), holder("challenger")) == ("1", said.json["version"])
    assert json.loads(mlops("models", "show", MODEL, "@challenger", "--json").json["tags"]["mlops.gate"])["reasons"]


def test_rows_that_arrive_after_the_start_are_left_to_the_next(loop: Loop, tmp_path: Path) -> None:
    loop.run(*OLD)
    place = loop.forgotten(tmp_path / "forgotten")
    loop.customers.append(3000, turned=True)
    ledger, order = at(f"{place}/runs/{MODEL}/000001.json")
    early = order.model_copy(update={"time": FIRST + timedelta(hours=12), "data": None})
    found = Retraining(early, ledger, Registry(), Trail.open(), print).run()
    assert found.reason.startswith("there are no rows that the champion was not trained on")


def test_a_start_that_is_cancelled_while_it_trains_promotes_nothing(loop: Loop, tmp_path: Path) -> None:
    loop.run(*OLD)
    loop.customers.append(1500, turned=True)
    place = loop.forgotten(tmp_path / "cancelled")
    ledger, order = at(f"{place}/runs/{MODEL}/000001.json")

    def say(line: str) -> None:
        if "is the challenger of" in line:
            ledger.finish(unmeasured(order, "cancelled", "by hand", order.time))

    later = order.model_copy(update={"data": None})
    assert Retraining(later, ledger, Registry(), Trail.open(), say).run().result == "cancelled"
    assert holder("champion") == "1"


def test_rows_that_do_not_fit_the_recipe_fail_once_and_are_not_tried_again(loop: Loop) -> None:
    loop.customers.append(0, without="contract")
    before = versions()
    said = loop.run()
    assert (said.code, said.json["result"]) == (1, "failed")
    assert "contract" in said.json["reason"]
    again = loop.again(loop.place)
    assert (again.code, again.json) == (1, said.json)
    assert "has ended before" in again.err
    assert (versions(), holder("champion")) == (before, "1")


def test_a_second_start_beside_one_that_runs_is_refused(loop: Loop, tmp_path: Path) -> None:
    loop.run(*OLD)
    busy = loop.forgotten(tmp_path / "busy")
    said = mlops("retrain", "run", "--model", MODEL, "--at", busy, "--json")
    assert (said.code, said.json["given"]) == (1, "retrain-retrained-0001")
    ended = mlops("retrain", "cancel", "--model", MODEL, "--at", busy, "--json")
    assert (ended.code, ended.json["result"]) == (0, "cancelled")
    assert mlops("retrain", "cancel", "--model", MODEL, "--at", busy).code == 1


def test_a_registry_that_does_not_answer_leaves_the_start_open_for_another_attempt(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop.run(*OLD)
    place = loop.forgotten(tmp_path / "down")
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        said = loop.again(place)
    assert (said.code, said.json["kind"]) == (1, "UnreachableError")
    assert Ledger(shelf_of(place)).page(MODEL).outcomes == {}
    assert loop.again(place).code == 0


@pytest.mark.parametrize("place", ["nowhere", "s3://features/retraining/requests/m/v1-0.json"])
@pytest.mark.usefixtures("tracking")
def test_what_is_no_start_is_refused_as_usage(place: str) -> None:
    said = mlops("retrain", "run", place, "--json")
    assert (said.code, said.json["given"]) == (2, place)
