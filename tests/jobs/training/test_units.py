"""Who does which fold: everything is done once as long as all live, and by somebody when they do not."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from jobs.errors import ConfigError
from jobs.training.config import Experiment
from jobs.training.units import Begun, Unit, next_unit, shares

UNITS = tuple(Unit(name, fold) for name in ("a", "b") for fold in range(3))


def chosen(index: int, done: Collection[Unit] = (), begun: Mapping[Unit, Begun] | None = None, workers: int = 2) -> str:
    return str(next_unit(UNITS, index, workers, done, begun or {}, patience=60))


def test_a_unit_is_told_as_text_and_back() -> None:
    assert [Unit.from_text(str(unit)) for unit in UNITS] == list(UNITS)


def test_every_worker_begins_with_its_own_share() -> None:
    assert [chosen(index, workers=3) for index in range(3)] == ["a/0", "a/1", "a/2"]


def test_what_an_earlier_attempt_left_behind_is_done_again() -> None:
    assert chosen(1, begun={Unit("a", 1): Begun(1, 5)}) == "a/1"


def test_who_has_finished_takes_what_nobody_has_begun_from_the_other_end() -> None:
    own = {Unit("a", 0), Unit("a", 2), Unit("b", 1)}
    assert chosen(0, own) == "b/2"
    assert chosen(0, own, {Unit("b", 2): Begun(1, 1)}) == "b/0"


def test_a_unit_of_mine_that_another_has_taken_is_left_to_it() -> None:
    assert chosen(0, begun={Unit("a", 0): Begun(1, 1)}) == "a/2"


def test_only_worker_0_takes_what_another_has_had_for_too_long() -> None:
    done = {unit for unit in UNITS if unit.fold < 2}
    late = {Unit("a", 2): Begun(3, 61), Unit("b", 2): Begun(3, 59)}
    assert chosen(0, done, late) == "a/2"
    assert chosen(1, done, late) == "None"
    assert chosen(0, {*done, Unit("a", 2)}, late) == "None"


@pytest.mark.parametrize("workers", [1, 2, 5, 64])
def test_worker_0_alone_does_everything_so_that_no_pod_has_to_get_room(workers: int) -> None:
    done: list[Unit] = []
    while unit := next_unit(UNITS, 0, workers, done, {}, 60):
        done.append(unit)
    assert sorted(done) == sorted(UNITS)


def test_a_training_has_as_many_shares_as_candidates_times_folds(experiment: Experiment) -> None:
    config = experiment.model_copy(update={"cross_validation": None})
    with pytest.raises(ConfigError, match="nothing that workers could share"):
        shares(config)
    assert experiment.cross_validation
    assert len(shares(experiment)) == len(experiment.candidates) * experiment.cross_validation.folds
