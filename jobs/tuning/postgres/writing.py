"""Changes of running trials: at once in memory, soon in the database."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from optuna.distributions import BaseDistribution

from jobs.tuning.postgres import statements
from jobs.tuning.postgres.own import OwnTrial
from jobs.tuning.postgres.trials import Trials

LOG = logging.getLogger("mlops.tuning")
# Seconds that a change of a running trial may wait for others.
WRITE_AFTER = 0.1


class Writing(Trials):
    """The changing part of Optuna's storage, without beginning and end of a trial."""

    _writer: threading.Thread | None
    _closed: threading.Event

    def set_trial_param(
        self, trial_id: int, param_name: str, param_value_internal: float, distribution: BaseDistribution
    ) -> None:
        with self._lock:
            own = self._changing(trial_id)
            known = self._known_of(own.study_id)
            known.check(param_name, distribution)
            own.set_param(param_name, distribution.to_external_repr(param_value_internal), distribution)
            known.distributions.setdefault(param_name, distribution)
            self._changed(own)

    def set_trial_intermediate_value(self, trial_id: int, step: int, intermediate_value: float) -> None:
        with self._lock:
            own = self._changing(trial_id)
            own.set_step(step, intermediate_value)
            self._changed(own)

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        with self._lock:
            own = self._changing(trial_id)
            own.set_user(key, value)
            self._changed(own)

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        with self._lock:
            own = self._changing(trial_id)
            own.set_system(key, value)
            self._changed(own)

    def flush(self) -> None:
        """Writes what running trials have not written."""
        with self._lock:
            for own in list(self._own.values()):
                self._flush(own)

    def _changing(self, trial_id: int) -> OwnTrial:
        """The trial to change, also one of another process. Raises KeyError, UpdateFinishedTrialError."""
        own = self._own.get(trial_id)
        if own is None:
            trial = self.get_trial(trial_id)
            self.check_trial_is_updatable(trial_id, trial.state)
            own = OwnTrial(trial, self._study_of[trial_id])
        return own

    def _changed(self, own: OwnTrial) -> None:
        trial_id = own.trial._trial_id
        if trial_id not in self._own:
            if not self._flush(own):
                self.check_trial_is_updatable(trial_id, self._read_one(trial_id).state)
            self._known_of(own.study_id).put(own.trial)
        else:
            self._known_of(own.study_id).put(own.trial)
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_late, name="studies-writer", daemon=True)
                self._writer.start()

    def _write_late(self) -> None:
        while not self._closed.wait(WRITE_AFTER / 2):
            with self._lock:
                due = time.monotonic() - WRITE_AFTER
                for own in [own for own in self._own.values() if own.since is not None and own.since < due]:
                    try:
                        self._flush(own)
                    except Exception as error:
                        # The end of the trial writes the same, and tells its caller.
                        own.since = time.monotonic()
                        LOG.warning("trial %s is not written yet: %s", own.trial.number, error)

    def _flush(self, own: OwnTrial) -> bool:
        if own.since is None:
            return True
        found = self._write(statements.IF_ALIVE, (own.trial._trial_id,), own.parts())
        own.written()
        return found

    def _write(self, held: str, parameters: Sequence[Any], parts: statements.Parts) -> bool:
        text, values = statements.write(held, parameters, parts)
        row = self._connection.run(lambda session: session.execute(text, values).fetchone())
        return row is not None
