"""How rollouts ended, as Prometheus is told: counted from the ledger, of the last day, three and 30."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from jobs.datasets.shelf import shelf_of
from jobs.deployment.figures import Figures, Side
from jobs.deployment.gauges import gauges
from jobs.deployment.ledger import Ledger
from jobs.deployment.record import Decision, Driver, Mark, Order, Outcome, Result
from tests.jobs.deployment.world import order

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def began(ledger: Ledger, number: int, model: str = "a", target: str = "k8s") -> Order:
    """An hour ago: a canary of 5 and 50 % for 4 s each, with 6 s of patience."""
    begun = {"model": model, "target": target, "time": NOW - timedelta(hours=1)}
    ledger.claim(made := order(number=number).model_copy(update=begun))
    return made


def ended(ledger: Ledger, number: int, result: Result, days: float, model: str = "a", target: str = "k8s") -> None:
    outcome = Outcome(result=result, reason="for a test", time=NOW - timedelta(days=days))
    ledger.finish(began(ledger, number, model, target), outcome)


def marked(ledger: Ledger, to: Order, step: int, minutes: float) -> None:
    """A step of 30 s that was over so many minutes ago."""
    time = NOW - timedelta(minutes=minutes, seconds=30)
    figures = Figures(new=Side(), stable=Side())
    ledger.mark(to, Mark(step=step, name="5 %", time=time, seconds=30, verdict="pass", reasons=(), figures=figures))


def unended(ledger: Ledger, model: str = "a", target: str = "k8s") -> float | None:
    labels = {"model": model, "target": target}
    return gauges(ledger, NOW).get_sample_value("mlops_rollout_unended_seconds", labels)


def value(registry: CollectorRegistry, result: str, window: str, model: str = "a", target: str = "k8s") -> float | None:
    labels = {"model": model, "target": target, "result": result, "window": window}
    return registry.get_sample_value("mlops_rollouts", labels)


def test_rollouts_are_counted_by_how_they_ended_in_each_window(tmp_path: Path) -> None:
    ledger = Ledger(shelf_of(str(tmp_path)))
    for number, (result, days) in enumerate(
        [
            ("rolled-back", 40),
            ("rolled-back", 20),
            ("served", 10),
            ("reported", 5),
            ("rolled-back", 2),
            ("served", 0.5),
        ],
        start=1,
    ):
        ended(ledger, number, result, days)  # type: ignore[arg-type]  # the literals above
    began(ledger, 7)

    found = gauges(ledger, NOW)

    assert [value(found, result, "30d") for result in ("served", "rolled-back", "reported")] == [2, 2, 1]
    assert [value(found, result, "3d") for result in ("served", "rolled-back", "reported")] == [1, 1, 0]
    assert [value(found, result, "1d") for result in ("served", "rolled-back", "reported")] == [1, 0, 0]


def test_every_model_and_target_has_its_own_whatever_their_names(tmp_path: Path) -> None:
    ledger = Ledger(shelf_of(str(tmp_path)))
    ended(ledger, 1, "served", 1)
    ended(ledger, 1, "rolled-back", 1, "team/churn 2", "sagemaker")

    found = gauges(ledger, NOW)

    assert value(found, "served", "30d") == 1
    assert value(found, "rolled-back", "30d", "team/churn 2", "sagemaker") == 1


def test_where_nothing_was_rolled_out_nothing_is_told(tmp_path: Path) -> None:
    found = gauges(Ledger(shelf_of(str(tmp_path))), NOW)

    assert value(found, "served", "30d") is None


def test_a_rollout_that_nobody_drives_is_told_by_its_silence_without_what_its_step_may_take(tmp_path: Path) -> None:
    ledger = Ledger(shelf_of(str(tmp_path)))
    left = began(ledger, 1)
    assert unended(ledger) == 3590
    ledger.drive(left, Driver(number=1, actor="me", time=NOW - timedelta(minutes=50)))
    assert unended(ledger) == 2990
    marked(ledger, left, 0, minutes=40)
    assert unended(ledger) == 2390
    ledger.decide(left, Decision(kept="new", reason="", steps=1, actor="me", time=NOW - timedelta(minutes=30)))
    assert unended(ledger) == 1800


def test_whoever_takes_a_rollout_over_gives_a_sign_of_life(tmp_path: Path) -> None:
    ledger = Ledger(shelf_of(str(tmp_path)))
    taken = began(ledger, 1)
    ledger.drive(taken, Driver(number=1, actor="me", time=NOW - timedelta(minutes=59)))
    marked(ledger, taken, 0, minutes=50)
    ledger.drive(taken, Driver(number=2, actor="you", time=NOW - timedelta(seconds=20)))

    assert unended(ledger) == 10


def test_a_rollout_in_a_long_step_or_that_has_ended_was_not_left_alone(tmp_path: Path) -> None:
    ledger = Ledger(shelf_of(str(tmp_path)))
    ended(ledger, 1, "served", 1)
    long = began(ledger, 1, "b").model_copy(update={"number": 2, "patience_seconds": 7200})
    ledger.finish(long.model_copy(update={"number": 1}), Outcome(result="served", reason="", time=NOW))
    ledger.claim(long)

    assert (unended(ledger), unended(ledger, "b"), unended(ledger, "c")) == (0, 0, None)
