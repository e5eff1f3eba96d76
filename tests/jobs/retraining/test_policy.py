"""When a model is trained again, from what is known alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from jobs.cluster.job import NAME
from jobs.config import parse
from jobs.errors import ConfigError
from jobs.retraining.config import Budget, RetrainingConfig, cores
from jobs.retraining.policy import Decision, Past, decide, name_of
from jobs.retraining.priority import Priority
from jobs.retraining.request import Request
from tests.jobs.retraining.support import MODEL, NOW, hours, wish

RULES = RetrainingConfig()


def past(number: int, ago: float, *, ended: bool = True, cpu_hours: float = 0.1) -> Past:
    return Past(number, name_of(MODEL, number), NOW - hours(ago), ended, cpu_hours)


def by_key(*requests: Request) -> dict[str, Request]:
    return {one.key: one for one in requests}


def on(requests: dict[str, Request], *runs: Past, rules: RetrainingConfig = RULES, now: datetime = NOW) -> Decision:
    return decide(MODEL, requests, runs, rules, rules.cost, now)


def test_nobody_asks_nothing_starts() -> None:
    assert on({}).kind == "idle"


def test_a_storm_of_requests_is_answered_by_one_start() -> None:
    storm = by_key(*(wish(f"s3://features/current/{number}.csv") for number in range(100)))
    started = on(storm)
    assert (started.kind, started.number, started.priority) == ("start", 1, Priority.P2)
    assert set(started.requests) == set(storm)
    assert started.name == "retrain-churn-classifier-0001"


def test_two_checks_that_know_the_same_starts_name_the_same_job() -> None:
    assert on(by_key(wish()), past(1, 100)).name == on(by_key(wish(), wish("b")), past(1, 100)).name


def test_one_run_at_a_time_even_for_the_most_urgent() -> None:
    decision = on(by_key(wish(performance=True)), past(1, 50, ended=False))
    assert (decision.kind, decision.until) == ("wait", None)
    assert "retrain-churn-classifier-0001" in decision.reason


@pytest.mark.parametrize(
    ("facts", "wait"), [({"performance": True}, 1), ({"prediction": True}, 6), ({}, 24), ({"moved": 0}, 72)]
)
def test_the_more_urgent_the_shorter_the_cooldown(facts: dict[str, Any], wait: float) -> None:
    requests = by_key(wish(**facts))
    early, late = on(requests, past(1, wait - 0.01)), on(requests, past(1, wait))
    assert (early.kind, early.until) == ("wait", NOW + hours(0.01))
    assert late.kind == "start"


def test_the_cooldown_counts_from_the_last_start_whatever_the_order_of_the_ledger() -> None:
    assert on(by_key(wish()), past(2, 1), past(1, 100)).until == NOW + hours(23)


def test_the_most_urgent_request_gives_priority_and_reason() -> None:
    requests = by_key(wish("a"), wish("b", performance=True, reason="accuracy fell"), wish("c", effect=0.4))
    decision = on(requests)
    assert (decision.priority, decision.reason) == (Priority.P0, "accuracy fell")
    equal = by_key(*(wish(name, effect=effect, reason=name) for name, effect in (("a", 0.3), ("b", 0.4), ("c", 0.2))))
    assert on(equal).reason == "b"


def test_runs_in_the_window_are_capped_until_the_oldest_leaves_it() -> None:
    rules = RetrainingConfig(budget=Budget(runs=2, days=7))
    runs = (past(1, 200), past(2, 160), past(3, 30))
    decision = on(by_key(wish()), *runs, rules=rules)
    assert (decision.kind, decision.until) == ("wait", runs[1].started + timedelta(days=7))
    assert decision.until
    assert on(by_key(wish()), *runs, rules=rules, now=decision.until).kind == "start"


def test_cpu_hours_are_capped_with_what_the_next_run_may_use() -> None:
    rules = RetrainingConfig(budget=Budget(runs=100, cpu_hours=2.5))
    assert on(by_key(wish()), past(1, 100, cpu_hours=1.5), rules=rules).kind == "start"
    over = on(by_key(wish()), past(1, 100, cpu_hours=1.6), rules=rules)
    assert (over.kind, over.until) == ("wait", NOW - hours(100) + timedelta(days=7))


@pytest.mark.parametrize(
    "rules",
    [
        RetrainingConfig(enabled=False),
        RetrainingConfig(budget=Budget(runs=0)),
        RetrainingConfig(budget=Budget(cpu_hours=0.9)),
    ],
)
def test_what_no_waiting_changes_is_refused(rules: RetrainingConfig) -> None:
    decision = on(by_key(wish()), rules=rules)
    assert (decision.kind, decision.name) == ("refuse", "")


@given(
    ago=some.lists(some.floats(0, 400), max_size=12),
    used=some.floats(0, 3),
    runs=some.integers(1, 5),
    cpu=some.floats(1, 6),
    ended=some.booleans(),
)
def test_no_start_breaks_the_budget_the_cooldown_or_the_rule_of_one(
    ago: list[float], used: float, runs: int, cpu: float, ended: bool
) -> None:
    rules = RetrainingConfig(budget=Budget(runs=runs, cpu_hours=cpu))
    before = [past(place + 1, one, ended=ended, cpu_hours=used) for place, one in enumerate(ago)]
    decision = on(by_key(wish()), *before, rules=rules)
    assert decision.kind in ("start", "wait")
    if decision.kind == "wait":
        assert decision.until is None or decision.until > NOW
        return
    within = [one for one in before if one.started > NOW - timedelta(days=7)]
    assert ended or not before
    assert len(within) < runs
    assert sum(one.cpu_hours for one in within) + rules.cost <= cpu
    assert all(one.started <= NOW - hours(24) for one in before)
    assert decision.number not in {one.number for one in before}


@given(some.text(min_size=1, max_size=80), some.integers(1, 9999))
def test_every_models_name_makes_a_name_that_a_job_may_have(model: str, number: int) -> None:
    assert NAME.fullmatch(name_of(model, number))


def test_models_whose_names_differ_in_signs_only_have_jobs_of_their_own() -> None:
    assert len({name_of(model, 1) for model in ("a.b", "a_b", "a-b", "A-B", "a" * 50, "a" * 51)}) == 6


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("budget: {runs: -1}", "budget.runs"),
        ("cooldown: {p5: 1}", "cooldown.p5"),
        ("challenger: 'UP'", "challenger"),
        ("data: {kind: nowhere}", "data"),
        ("large: {share: 2}", "large.share"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_key(text: str, word: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(RetrainingConfig, text, "retraining.yaml")
    assert any(line.startswith(word) for line in refused.value.details)


def test_cores_are_read_as_kubernetes_reads_them() -> None:
    assert (cores("500m"), cores("2"), cores("1.5")) == (0.5, 2.0, 1.5)
