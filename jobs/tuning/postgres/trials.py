"""Trials as this process knows them: its own from memory, those of others as the database last said."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Container, Iterable
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from jobs.tuning.postgres import rows, statements
from jobs.tuning.postgres.known import KnownTrials
from jobs.tuning.postgres.own import OwnTrial
from jobs.tuning.postgres.studies import Studies

NO_TRIAL = "Record does not exist."
WAITING = (TrialState.WAITING,)
# Seconds for which what was read when a trial began is good enough for its sampler.
FRESH = 1.0


class Trials(Studies):
    """The reading part of Optuna's storage that is about trials."""

    _lock: threading.RLock
    _known: dict[int, KnownTrials]
    _study_of: dict[int, int]
    _own: dict[int, OwnTrial]
    # By thread, the study whose trials were read when it began its trial, and when (monotonic seconds).
    _just_read: dict[int, tuple[int, float]]

    def get_trial(self, trial_id: int) -> FrozenTrial:
        with self._lock:
            if trial_id in self._own:
                return self._own[trial_id].trial
            if (study_id := self._study_of.get(trial_id)) is not None and study_id in self._known:
                known = self._known[study_id]
                if trial_id not in known.open and (trial := known.by_id(trial_id)) is not None:
                    return trial
            return self._read_one(trial_id)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """Optuna looks for waiting trials before it begins one, and samplers for all after: both see one reading."""
        thread = threading.get_ident()
        with self._lock:
            begins = not deepcopy and states == WAITING
            of, when = self._just_read.pop(thread, (None, 0.0))
            if begins or deepcopy or of != study_id or time.monotonic() - when > FRESH:
                self._read(study_id)
            if begins:
                self._just_read[thread] = study_id, time.monotonic()
            trials = self._known_of(study_id).select(states)
        return copy.deepcopy(trials) if deepcopy else trials

    def _known_of(self, study_id: int) -> KnownTrials:
        return self._known.setdefault(study_id, KnownTrials())

    def _read(self, study_id: int) -> None:
        """What has changed. Raises KeyError without the study."""
        known = self._known_of(study_id)
        unsure = [trial_id for trial_id in known.open if trial_id not in self._own and trial_id <= known.newest_id]
        parameters = (study_id, known.newest_id, unsure)
        changed = self._connection.run(
            lambda session: session.execute(statements.CHANGED_TRIALS, parameters).fetchall()
        )
        if not changed and known.newest_id < 0:
            del self._known[study_id]
            self.get_study_name_from_id(study_id)
            self._known_of(study_id)
        self._see(known, changed)

    def _read_one(self, trial_id: int) -> FrozenTrial:
        row = self._connection.run(lambda session: session.execute(statements.ONE_TRIAL, (trial_id,)).fetchone())
        if row is None:
            raise KeyError(NO_TRIAL)
        trial = rows.trial(row[:-1])
        self._study_of[trial_id] = row[-1]
        self._known_of(row[-1]).put(trial)
        return trial

    def _see(self, known: KnownTrials, changed: Iterable[tuple[Any, ...]]) -> None:
        for row in changed:
            trial_id, study_id = row[0], row[-1]
            self._study_of[trial_id] = study_id
            known.newest_id = max(known.newest_id, trial_id)
            if trial_id not in self._own and (trial_id in known.open or known.by_id(trial_id) is None):
                known.put(rows.trial(row[:-1]))

    def _forget(self, study_id: int) -> None:
        with self._lock:
            super()._forget(study_id)
            self._known.pop(study_id, None)
            for trial_id in [trial_id for trial_id, of in self._study_of.items() if of == study_id]:
                del self._study_of[trial_id]
                self._own.pop(trial_id, None)
