"""One worker: begins trials until the study has as many as it shall have, the time is over, or it is told to stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.errors import TrainingError
from jobs.tuning.outcomes import FAILURE, Outcomes, outcomes
from jobs.tuning.postgres.storage import NoTrialsLeft, PostgresStorage
from jobs.tuning.strategies import pruner, sampler
from jobs.tuning.studies import Found

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

# Seconds between looks at the study: whether others are ready, whether another sampler is wanted.
LOOK = 1.0
# So many failed trials in a row are no bad luck.
FAILURES = 5
Watch = Callable[["Found"], None]


@dataclass(frozen=True)
class Work:
    """What one worker is to do: `trials` that the study shall have in the end; `until` is of `time.monotonic`."""

    trials: int
    until: float
    index: int
    stop: threading.Event


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Set by the first SIGTERM or SIGINT, so that the trial that runs is finished; the second one ends it."""
    stop = threading.Event()

    def told(_number: int, _frame: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(found: Found, objective: Callable[[Any], float], work: Work, watch: Watch = lambda _found: None) -> Outcomes:
    """Returns when nothing is left to do, also for others whose trials may yet get lost. Raises TrainingError."""
    from optuna.storages import fail_stale_trials

    study = found.live
    failures = _Failures()
    while True:
        fail_stale_trials(study)
        now = outcomes(study.get_trials(deepcopy=False))
        watch(found)
        left = work.until - time.monotonic()
        if work.stop.is_set() or left <= 0 or now.finished >= work.trials:
            return now
        if now.to_begin(work.trials) == 0:
            # Others run the last ones. Should they die, theirs are begun again here.
            work.stop.wait(min(LOOK, left))
            continue
        if isinstance(study._storage, PostgresStorage):
            study._storage.limit(study._study_id, now.numbers_below(work.trials))
        _choose(found, work.index, now)
        try:
            study.optimize(
                objective, n_trials=now.to_begin(work.trials), timeout=left, catch=(Exception,),
                callbacks=[failures, _Look(found, work, watch)],
            )  # fmt: skip
        except NoTrialsLeft:
            continue


def _choose(found: Found, index: int, now: Outcomes) -> None:
    """A worker that comes back draws other numbers than before."""
    begun = now.finished + now.running + now.lost
    found.live.sampler = sampler(found.sampler, (found.asked.study.seed, index, begun))
    found.live.pruner = pruner(found.pruner)


class _Look:
    """After a trial, at most once in `LOOK`."""

    def __init__(self, found: Found, work: Work, watch: Watch) -> None:
        self._found, self._work, self._watch = found, work, watch
        self._chosen = (found.sampler, found.pruner)
        self._last = time.monotonic()

    def __call__(self, study: Study, _trial: FrozenTrial) -> None:
        # Optuna's own clock began a little later.
        if self._work.stop.is_set() or time.monotonic() >= self._work.until:
            study.stop()
        if time.monotonic() - self._last < LOOK:
            return
        self._last = time.monotonic()
        self._watch(self._found)
        if (self._found.sampler, self._found.pruner) != self._chosen:
            study.stop()


class _Failures:
    """Ends the worker when trials do nothing but fail."""

    def __init__(self) -> None:
        self._row = 0

    def __call__(self, _study: Study, trial: FrozenTrial) -> None:
        self._row = self._row + 1 if FAILURE in trial.user_attrs else 0
        if self._row >= FAILURES:
            raise TrainingError(
                f"{FAILURES} trials in a row failed", given=trial.user_attrs[FAILURE],
                change="narrow the space to what the candidates can do, then run it again",
            )  # fmt: skip
