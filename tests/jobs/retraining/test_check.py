"""Looks at the ledger: one start for a storm, every end on record, nothing lost by an interruption."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from jobs.datasets.shelf import shelf_of
from jobs.errors import ClusterError
from jobs.retraining.check import Checked, cancel, check
from jobs.retraining.config import RetrainingConfig
from jobs.retraining.figures import figures
from jobs.retraining.launch import Fate
from jobs.retraining.order import Order
from jobs.retraining.requests import ask
from tests.jobs.retraining.office import FIRST, Office
from tests.jobs.retraining.support import MODEL, NOW, hours, wish


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(shelf_of(str(tmp_path / "ledger")))


def test_a_storm_of_a_hundred_requests_starts_one_and_the_next_looks_start_none(office: Office) -> None:
    for number in range(100):
        ask(wish(f"s3://features/current/{number}.csv"), office.shelf)
    first = office.look()[MODEL]
    assert (first.decision.kind, first.started, len(first.decision.requests)) == ("start", True, 100)
    assert [office.look()[MODEL].decision.kind for _ in range(5)] == ["idle"] * 5
    office.ends(FIRST)
    office.now += hours(1000)
    assert office.look()[MODEL].decision.kind == "idle"
    assert office.jobs.made == [FIRST]
    assert office.trail.actions() == ["retraining.started"]


def test_what_comes_while_one_runs_waits_for_its_end_and_for_the_cooldown(office: Office) -> None:
    ask(wish("a"), office.shelf)
    office.look()
    ask(wish("b"), office.shelf)
    assert office.look()[MODEL].decision.reason == f"{FIRST} has not ended"
    office.ends(FIRST)
    waits = office.look()[MODEL].decision
    assert (waits.kind, waits.until) == ("wait", NOW + hours(24))
    office.now += hours(24)
    assert office.look()[MODEL].started
    assert office.jobs.made == [FIRST, "retrain-churn-classifier-0002"]


def test_drift_from_a_version_that_was_replaced_starts_nothing(office: Office) -> None:
    ask(wish("a"), office.shelf)
    office.champions[MODEL] = "2"
    assert office.look()[MODEL].decision.kind == "idle"
    ask(wish("a", version="2"), office.shelf)
    assert office.look()[MODEL].started


def test_a_model_without_a_champion_is_refused_and_others_go_on(office: Office) -> None:
    ask(wish(model="unborn"), office.shelf)
    ask(wish(), office.shelf)
    looked = office.look()
    assert looked["unborn"].decision.kind == "refuse"
    assert looked[MODEL].started


def test_one_look_makes_one_start_and_the_most_urgent_first(office: Office) -> None:
    office.champions.update(calm="1", urgent="1")
    for model, facts in ((MODEL, {}), ("calm", {"moved": 0}), ("urgent", {"performance": True})):
        ask(wish(model=model, **facts), office.shelf)
    looks = [{model for model, one in office.look().items() if one.started} for _ in range(4)]
    assert looks == [{"urgent"}, {MODEL}, {"calm"}, set()]


def many_looks(office: Office, count: int) -> list[Checked]:
    """Checks that all know the ledger before any of them decides."""
    together = Barrier(count)

    def champion(model: str, alias: str) -> str:
        together.wait(20)
        return office.champion(model, alias)

    def one(_: int) -> Checked:
        return check(replace(office.desk, champion=champion), {}, "champion")[0]

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.parametrize("kind", ["folder", "store"])
def test_checks_at_the_same_moment_start_one(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if kind == "store":
        request.getfixturevalue("store")
    office = Office(shelf_of("s3://features/retraining" if kind == "store" else str(tmp_path)))
    ask(wish(), office.shelf)
    looks = many_looks(office, 6)
    assert sorted(one.decision.kind for one in looks) == ["start", *["wait"] * 5]
    assert office.jobs.made == [FIRST]
    assert office.trail.actions() == ["retraining.started"]


def test_a_check_that_died_before_it_made_the_job_is_made_good_by_the_next(office: Office) -> None:
    ask(wish(), office.shelf)
    office.jobs.down = True
    assert "cannot be made yet" in office.look()[MODEL].decision.reason
    office.jobs.down = False
    office.now += hours(0.2)
    assert office.look()[MODEL].decision.kind == "idle"
    assert (office.jobs.made, office.trail.actions()) == ([FIRST], ["retraining.started"])


def test_a_look_between_a_claim_and_its_job_makes_no_second_entry(office: Office) -> None:
    ask(wish(), office.shelf)
    launch, looks = office.jobs.launch, [office.look]

    def interrupted(order: Order, address: str) -> bool:
        if looks:
            assert looks.pop()()[MODEL].decision.kind == "idle"
        return launch(order, address)

    office.jobs.launch = interrupted  # type: ignore[method-assign]
    assert office.look()[MODEL].started
    assert (office.jobs.made, office.trail.actions()) == ([FIRST], ["retraining.started"])


def test_a_cluster_that_stays_down_does_not_hide_that_the_start_was_never_made(office: Office) -> None:
    ask(wish(), office.shelf)
    office.jobs.down = True
    office.look()
    office.now += hours(0.2)
    with pytest.raises(ClusterError):
        office.look()
    assert office.desk.ledger.page(MODEL).outcomes == {}


def gone(office: Office) -> None:
    office.jobs.fates.clear()
    office.now += hours(1)


def broke(office: Office) -> None:
    office.jobs.fates[FIRST] = Fate("failed", "BackoffLimitExceeded: OOMKilled")


def silent(office: Office) -> None:
    office.jobs.fates[FIRST] = Fate("complete")


@pytest.mark.parametrize(
    ("happens", "reason"),
    [(gone, "its Job is gone"), (broke, "OOMKilled"), (silent, "without saying what became of it")],
)
def test_a_job_that_cannot_say_how_it_ended_is_put_on_record_once(
    office: Office, happens: Callable[[Office], None], reason: str
) -> None:
    ask(wish(), office.shelf)
    office.look()
    happens(office)
    (outcome,) = office.look()[MODEL].settled
    assert outcome.result == "failed"
    assert reason in outcome.reason
    assert office.look()[MODEL].settled == ()
    assert office.jobs.made == [FIRST]
    assert office.trail.actions() == ["retraining.started", "retraining.failed"]


def test_two_looks_that_find_the_same_end_put_it_on_record_once(office: Office) -> None:
    ask(wish(), office.shelf)
    office.look()
    broke(office)
    fate, looks = office.jobs.fate, [office.look]

    def meanwhile(order: Order) -> Fate:
        if looks:
            looks.pop()()
        return fate(order)

    office.jobs.fate = meanwhile  # type: ignore[method-assign]
    assert office.look()[MODEL].settled == ()
    assert office.trail.actions() == ["retraining.started", "retraining.failed"]


def test_what_the_job_said_itself_stands_over_what_a_check_would_say(office: Office) -> None:
    ask(wish(), office.shelf)
    office.look()
    office.ends(FIRST, result="promoted", version="2")
    assert office.look()[MODEL].settled == ()
    assert office.desk.ledger.page(MODEL).outcomes[1].result == "promoted"


def test_a_start_that_nobody_measured_counts_with_all_it_might_have_used(office: Office) -> None:
    ask(wish(), office.shelf)
    office.look()
    broke(office)
    office.look()
    assert [one.cpu_hours for one in office.desk.ledger.page(MODEL).past()] == [RetrainingConfig().cost]


def test_a_cancelled_start_has_no_job_and_does_not_come_back(office: Office) -> None:
    ask(wish(), office.shelf)
    office.look()
    ended = cancel(office.desk, office.desk.ledger.page(MODEL))
    assert ended
    assert ended.result == "cancelled"
    assert office.jobs.fates == {}
    assert (office.look()[MODEL].decision.kind, office.jobs.made) == ("idle", [FIRST])
    assert cancel(office.desk, office.desk.ledger.page(MODEL)) is None


def test_a_start_by_hand_is_given_up_only_after_its_time(office: Office) -> None:
    order = Order(
        model=MODEL, alias="champion", challenger="challenger", champion="1", number=1, name=FIRST,
        time=NOW, on="here", priority=3,
        reason="by hand", run=RetrainingConfig().run, cost=1,
    )  # fmt: skip
    assert office.desk.ledger.claim(order)
    office.now += hours(1.9)
    assert office.look()[MODEL].settled == ()
    office.now += hours(0.2)
    assert len(office.look()[MODEL].settled) == 1
    assert office.jobs.made == []


def test_an_object_that_is_no_request_hinders_no_other(office: Office) -> None:
    office.shelf.create(f"requests/{MODEL}/v1-torn.json", b'{"model": ')
    ask(wish(), office.shelf)
    ledger = office.desk.ledger
    assert len(ledger.open_requests(ledger.page(MODEL), "1")) == 1
    assert ledger.unreadable == [f"requests/{MODEL}/v1-torn.json"]
    assert office.look()[MODEL].started


def test_prometheus_hears_what_waits_what_runs_and_how_starts_ended(office: Office) -> None:
    ask(wish("a"), office.shelf)
    told = []

    def heard() -> tuple[float | None, ...]:
        registry = figures(office.desk.ledger, list(office.look().values()))
        names = ("open_requests", "running")
        return tuple(registry.get_sample_value(f"mlops_retraining_{name}", {"model": MODEL}) for name in names)

    told.append(heard())
    ask(wish("b"), office.shelf)
    told.append(heard())
    office.ends(FIRST)
    told.append(heard())
    assert told == [(0, 1), (1, 1), (1, 0)]
    registry = figures(office.desk.ledger, list(office.look().values()))

    def ended(name: str, result: str) -> float | None:
        return registry.get_sample_value(f"mlops_retraining_{name}", {"model": MODEL, "result": result})

    assert (ended("outcomes", "refused"), ended("outcomes", "failed")) == (1, 0)
    assert ended("last_outcome_timestamp_seconds", "refused") == NOW.timestamp()
    assert ended("last_outcome_timestamp_seconds", "failed") is None
