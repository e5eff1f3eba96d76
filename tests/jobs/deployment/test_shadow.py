"""What a shadow answered beside what clients were answered."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from jobs.datasets.shelf import FolderShelf
from jobs.deployment.figures import Figures
from jobs.deployment.ledger import Rollout
from jobs.deployment.record import Mark, Outcome
from jobs.deployment.shadow import compare, pair
from jobs.deployment.shadow_log import rows
from jobs.deployment.shadow_page import page_of
from jobs.monitoring.logged import Logged, Model
from jobs.reports.page import html
from jobs.serving.inference_log_place import key
from tests.jobs.deployment.world import HIGH, LOW, MODEL, NEW, NOW, STABLE, good, order


def logged(version: str, number: int, probability: float) -> Logged:
    model = Model(MODEL, version, "d", ("No", "Yes"), {})
    return Logged(f"r{number}/1", NOW, model, probability, "Yes" if probability >= 0.5 else "No", ())


def rollout(new: tuple[int, ...] = LOW) -> Rollout:
    sides = Figures(new=good().model_copy(update={"predictions": new}), stable=good())
    mark = Mark(step=0, name="shadow", time=NOW, seconds=8, verdict="fail", reasons=("moved",), figures=sides)
    return Rollout(order("shadow"), 1, (mark,), None, None)


def test_rows_of_both_are_paired_and_those_of_others_left_out() -> None:
    served = [logged(STABLE, number, 0.4) for number in range(100)] + [logged("7", 500, 0.9)]
    copied = [logged(NEW, number, 0.6 if number < 30 else 0.4) for number in range(20, 120)]
    found = compare(rollout(), served, copied)
    assert found.paired
    assert (found.paired.rows, found.paired.differing) == (80, 10)
    assert found.paired.differing_share == pytest.approx(0.125)
    low, high = found.paired.differing_interval
    assert 0.06 < low < 0.125 < high < 0.22
    assert found.paired.mean_difference == pytest.approx(0.2 * 10 / 80)
    assert found.paired.largest_difference == pytest.approx(0.2)
    assert "12.50%" in html(page_of(rollout(), found))


def said(version: str, request: str, probability: float, **values: float | str) -> Logged:
    kinds = {name: "numeric" if isinstance(value, float) else "categorical" for name, value in values.items()}
    one = logged(version, 0, probability)
    return replace(one, id=f"{request}/1", model=replace(one.model, features=kinds), values=tuple(values.values()))


def test_rows_under_one_request_id_are_paired_by_what_was_asked() -> None:
    served = [said(STABLE, "session", 0.9, tenure=1.0, plan="a"), said(STABLE, "session", 0.1, tenure=2.0, plan="a")]
    copied = [said(NEW, "session", 0.9, bill=5.0, tenure=1.0)]
    found = compare(rollout(), served, copied)
    assert found.paired
    assert (found.paired.rows, found.paired.differing, found.dropped) == (1, 0, 0)
    assert "Left out" not in html(page_of(rollout(), found))


@pytest.mark.parametrize("twice", [STABLE, NEW])
def test_rows_of_which_nobody_knows_which_belong_together_are_left_out_and_counted(twice: str) -> None:
    served = [said(STABLE, "session", 0.9, tenure=1.0), said(STABLE, "other", 0.2, tenure=1.0)]
    copied = [said(NEW, "session", 0.9, tenure=1.0), said(NEW, "other", 0.2, tenure=1.0)]
    (served if twice == STABLE else copied).append(said(twice, "session", 0.1, tenure=1.0))
    found = compare(rollout(), served, copied)
    assert found.paired
    assert (found.paired.rows, found.paired.differing, found.dropped) == (1, 0, 1)
    assert found.as_dict()["dropped"] == 1
    assert "with the same input: 1" in html(page_of(rollout(), found))
    alone = compare(rollout(), [one for one in served if one.id == "session/1"], copied)
    assert (alone.paired, alone.dropped) == (None, 1)
    assert "with the same input: 1" in html(page_of(rollout(), alone))


def test_the_interval_of_the_mean_difference_holds_it_in_95_of_100_cases() -> None:
    random, held = np.random.default_rng(5), 0
    for _ in range(400):
        before = random.uniform(0.2, 0.6, 200)
        after = before + random.normal(0.02, 0.05, 200)
        found = pair(
            [logged(STABLE, 1, float(one)) for one in before], [logged(NEW, 1, float(one)) for one in after]
        )  # fmt: skip
        held += found.mean_interval[0] <= 0.02 <= found.mean_interval[1]
    assert 0.92 <= held / 400 <= 0.98


def test_without_rows_of_both_the_servers_counts_are_compared() -> None:
    found = compare(rollout(HIGH), [logged(STABLE, 1, 0.4)], [])
    assert found.paired is None
    assert found.ks is not None
    assert found.ks > 0.9
    assert found.as_dict()["new"]["requests"] == 10
    assert "No row can be paired" in html(page_of(rollout(), found))


def test_rows_come_from_the_hours_of_the_rollout_and_copies_from_below_shadow(tmp_path: Path) -> None:
    log = FolderShelf(str(tmp_path))

    def write(time: datetime, version: str, request: str, *, shadow: bool) -> None:
        model = {"model": MODEL, "version": version, "digest": "d", "labels": ["No", "Yes"], "features": {}}
        answer = {"predictions": [{"probability": 0.5, "label": "Yes"}]}
        line = {"time": time.isoformat(), "request": request, "given": {"records": [{}]}, "answer": answer}
        content = "\n".join(map(json.dumps, (model, line))).encode()
        log.create(key(MODEL, time.timestamp(), f"pod-{request}", 1, shadow=shadow), gzip.compress(content))

    start = order("shadow").time.astimezone(UTC)
    write(start, STABLE, "a", shadow=False)
    write(start, NEW, "a", shadow=True)
    write(start - timedelta(hours=2), STABLE, "early", shadow=False)
    write(start + timedelta(minutes=30), STABLE, "late", shadow=False)
    ended = Outcome(result="reported", reason="r", time=start + timedelta(minutes=10))
    its = replace(rollout(), outcome=ended)
    assert [one.id for one in rows(log, its, copied=False)] == ["a/1"]
    assert [(one.id, one.model.version) for one in rows(log, its, copied=True)] == [("a/1", NEW)]
