"""One of the workers that share a training: folds first, then worker 0 makes the models of them all."""

from __future__ import annotations

import time
from collections.abc import Callable

from jobs.datasets.table import Table
from jobs.training.board import Board
from jobs.training.collective import work_together
from jobs.training.config import Experiment
from jobs.training.fitted import Probabilities
from jobs.training.metrics import evaluate
from jobs.training.place import Place, group_of
from jobs.training.record import Recorded, run_experiment
from jobs.training.scoring import Prepared, fold_probabilities, prepare, threshold_of
from jobs.training.units import Unit, next_unit, shares

# How long worker 0 lets another have a unit, at least and in units as long as its own longest.
PATIENCE_SECONDS, PATIENCE_UNITS = 60.0, 10
POLL_SECONDS = 1.0

Say = Callable[[str], None]


def work(experiment: Experiment, config_text: str, table: Table, place: Place, say: Say) -> Recorded | None:
    """Does its share and what others left; worker 0 then records the training → it, None from all others.

    Can be ended and begun again at any moment: units that are done stay done. The bundles have the same digests as
    those of a training by one; distributed candidates are `work_together`'s. Raises what training raises.
    """
    if experiment.distributed:
        return work_together(experiment, config_text, table, place, say)
    board = Board(experiment.experiment, group_of(place.name, config_text, table))
    units = shares(experiment)
    if training := board.collected():
        say(f"worker {place.index}: recorded already as run {training}")
        return None
    prepared = prepare(experiment, table)
    longest = 0.0
    while True:
        done = board.done()
        patience = max(PATIENCE_SECONDS, PATIENCE_UNITS * longest)
        unit = next_unit(units, place.index, place.workers, done, board.begun(), patience)
        if unit:
            longest = max(longest, _do(experiment, prepared, board, unit, place, say))
        elif place.index or len(done) == len(units):
            break
        else:
            time.sleep(POLL_SECONDS)
    if place.index:
        say(f"worker {place.index}: nothing left to do")
        return None
    found = {
        one.name: [board.probabilities(done[unit]) for unit in units if unit.candidate == one.name]
        for one in experiment.candidates
    }
    recorded = run_experiment(experiment, config_text, table, say, found)
    board.adopt(recorded.run_id)
    return recorded


def _do(experiment: Experiment, prepared: Prepared, board: Board, unit: Unit, place: Place, say: Say) -> float:
    """Seconds that it took."""
    begun = time.monotonic()
    candidate = next(one for one in experiment.candidates if one.name == unit.candidate)
    fold = prepared.folds[unit.fold]
    with board.unit(unit, place.index) as result:
        found: Probabilities = fold_probabilities(candidate, prepared.matrix, prepared.labels, fold, experiment.seed)
        figures = evaluate(prepared.labels[fold.held], found, threshold_of(experiment.costs), experiment.costs)
        result.write(found, {f"held_{name}": value for name, value in figures.items()})
    seconds = time.monotonic() - begun
    say(f"worker {place.index}: {unit} in {seconds:.1f} s, {experiment.select} {figures[experiment.select]:.4f}")
    return seconds
