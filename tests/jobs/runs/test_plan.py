"""Which runs may go, from their facts alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from jobs.runs.compare import Run, rows
from jobs.runs.plan import Plan, RunFacts, plan

NOW = datetime(2026, 11, 21, tzinfo=UTC)
BEFORE = NOW - timedelta(days=90)


def run(name: str, days: float, **facts: Any) -> RunFacts:
    ended = NOW - timedelta(days=days)
    given = {"experiment": "e", "name": name, "status": "FINISHED", "started": ended, "ended": ended, **facts}
    return RunFacts(run_id=name, **given)


def ids(found: Plan) -> list[str]:
    return [one.run_id for one in found.doomed]


def test_only_old_runs_go_and_the_oldest_first() -> None:
    found = plan([run("young", 89), run("old", 91), run("older", 100)], [], BEFORE)
    assert ids(found) == ["older", "old"]
    assert found.spared == ()


def test_a_run_behind_a_version_stays_with_its_parents_and_its_old_siblings_go() -> None:
    runs = [
        run("root", 100),
        run("parent", 100, parent="root"),
        run("best", 100, parent="parent"),
        run("other", 100, parent="parent"),
    ]
    found = plan(runs, ["best"], BEFORE)
    assert ids(found) == ["other"]
    assert {one.run_id: reason for one, reason in found.spared} == {
        "best": "a registered version came from it",
        "parent": "it is the parent of best, which stays",
        "root": "it is the parent of best, which stays",
    }


def test_an_old_parent_of_a_young_run_stays() -> None:
    assert ids(plan([run("parent", 200), run("child", 1, parent="parent")], [], BEFORE)) == []


def test_a_tag_keeps_a_run_and_one_that_has_not_ended_is_left_unless_told() -> None:
    runs = [run("kept", 100, kept=True), run("dead", 100, status="RUNNING", ended=None)]
    assert ids(plan(runs, [], BEFORE)) == []
    assert ids(plan(runs, [], BEFORE, unfinished=True)) == ["dead"]


def test_a_parent_that_was_deleted_and_a_circle_of_parents_do_no_harm() -> None:
    runs = [run("a", 100, parent="b"), run("b", 100, parent="a"), run("c", 100, parent="gone")]
    assert set(ids(plan(runs, [], BEFORE))) == {"a", "b", "c"}
    assert ids(plan(runs, ["a"], BEFORE)) == ["c"]


@given(some.lists(some.tuples(some.floats(0, 200), some.integers(0, 9), some.booleans()), max_size=10))
def test_nothing_that_must_stay_goes(facts: list[tuple[float, int, bool]]) -> None:
    runs = [run(str(place), days, parent=str(parent)) for place, (days, parent, _) in enumerate(facts)]
    versions = [str(place) for place, (_, _, registered) in enumerate(facts) if registered]
    doomed = set(ids(plan(runs, versions, BEFORE)))
    assert not doomed & set(versions)
    staying = [one for one in runs if one.run_id not in doomed]
    assert not doomed & {one.parent for one in staying}
    assert all(one.last < BEFORE for one in runs if one.run_id in doomed)


def test_a_comparison_has_what_differs_in_the_order_of_parts_and_all_when_asked() -> None:
    runs = [
        Run("1", "1", "0", "FINISHED", 0, {"params": {"a": "1", "b": "2"}, "metrics": {"m": 0.5}, "tags": {}}),
        Run("2", "2", "0", "FINISHED", 0, {"params": {"a": "1"}, "metrics": {"m": 0.6}, "tags": {"t": "x"}}),
    ]
    assert [(row.part, row.name, row.values) for row in rows(runs)] == [
        ("params", "b", ("2", None)), ("metrics", "m", (0.5, 0.6)), ("tags", "t", (None, "x")),
    ]  # fmt: skip
    assert [row.name for row in rows(runs, everything=True)] == ["a", "b", "m", "t"]
