"""Optuna's storage on PostgreSQL: three round trips and one wait for the disk a trial.

Optuna's own storage sends 37 to 52 statements and commits 10 to 13 times a trial. Here a running trial lives in the
process that runs it: its parameters, attributes and intermediate values reach the database together with its end, or
within a tenth of a second when it runs longer. What Optuna promises of its cached storage holds: a trial's state is
durable when its setter returns, and everything of the trial before it.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState
from psycopg.errors import ForeignKeyViolation

from jobs.tuning.postgres import rows, schema, statements
from jobs.tuning.postgres.beats import Beats, SilentTrial
from jobs.tuning.postgres.connection import Connection, Session, transaction
from jobs.tuning.postgres.own import OwnTrial, parts_of
from jobs.tuning.postgres.studies import NO_STUDY
from jobs.tuning.postgres.writing import Writing

NO_LIMIT = 2**31 - 1


class NoTrialsLeft(Exception):
    """The study has as many trials as it may get."""


class PostgresStorage(Writing, Beats):
    """Optuna's tables, read and written in few steps. Threads may share one; each process has its own connection.

    A running trial belongs to the storage that created or claimed it. Attributes that others set on it meanwhile are
    in the database, and not seen by its owner.
    """

    def __init__(
        self,
        url: str,
        *,
        heartbeat_interval: int | None = 10,
        grace_period: int | None = None,
        silent_trial: SilentTrial | None = None,
    ) -> None:
        """`url`: `postgresql://…` as libpq reads it. Makes the tables that are missing.

        A trial whose owner was silent for `grace_period` seconds (default: two intervals) is failed by whoever begins
        the next one, and handed to `silent_trial`.
        """
        self._interval, self._grace, self._silent = heartbeat_interval, grace_period, silent_trial
        self._connection = Connection(url)
        self._start()
        schema.ensure(self._connection)

    def _start(self) -> None:
        self._lock = threading.RLock()
        self._known, self._study_of, self._own, self._just_read = {}, {}, {}, {}
        self._directions, self._names = {}, {}
        self._limits: dict[int, int] = {}
        self._heard, self._looked = {}, {}
        self._writer, self._closed = None, threading.Event()

    def __getstate__(self) -> dict[str, Any]:
        self.flush()
        return {"of": (self._interval, self._grace, self._silent), "connection": self._connection}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._interval, self._grace, self._silent = state["of"]
        self._connection = state["connection"]
        self._start()

    def close(self) -> None:
        """Writes what waits, then leaves."""
        self.flush()
        self._closed.set()
        if self._writer is not None:
            self._writer.join()
        self._connection.close()

    def limit(self, study_id: int, numbers_below: int) -> None:
        """From now on this storage begins no trial with another number; it raises NoTrialsLeft instead."""
        self._limits[study_id] = numbers_below

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        trial = copy.deepcopy(template_trial) if template_trial else _running()
        running = trial.state is TrialState.RUNNING
        below = NO_LIMIT if template_trial else self._limits.get(study_id, NO_LIMIT)
        text, parameters = statements.write(
            statements.NEW_TRIAL,
            (
                study_id, trial.state.name, rows.utc(trial.datetime_start), rows.utc(trial.datetime_complete),
                study_id, below,
            ),
            {**parts_of(trial), "heartbeat": [[1] if running else []]},
        )  # fmt: skip

        def create(session: Session) -> tuple[int, int] | None:
            # A trial that just begins may be lost with the server: nobody was told more than its number.
            with transaction(session, durable=template_trial is not None):
                session.execute(statements.LOCK_STUDY, (study_id,))
                made = session.execute(text, parameters)
            row: tuple[int, int] | None = made.fetchone()
            return row

        with self._lock:
            try:
                row = self._connection.run(create)
            except ForeignKeyViolation:
                raise KeyError(NO_STUDY) from None
            if row is None:
                raise NoTrialsLeft
            trial._trial_id, trial.number = row
            self._study_of[trial._trial_id] = study_id
            self._known_of(study_id).put(trial)
            if running:
                self._take(trial, study_id)
            return trial._trial_id

    def set_trial_state_values(self, trial_id: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        with self._lock:
            if state.is_finished():
                self._just_read.pop(threading.get_ident(), None)
                self._heard.pop(trial_id, None)
            trial = self.get_trial(trial_id)
            self.check_trial_is_updatable(trial_id, trial.state)
            if state is TrialState.RUNNING:
                return trial.state is TrialState.WAITING and self._claim(trial)
            own = self._own.get(trial_id) or OwnTrial(trial, self._study_of[trial_id])
            complete = datetime.now() if state.is_finished() else None
            held = (state.name, rows.utc(complete), trial_id)
            parts = {**own.parts(), "values": rows.value_columns(values or [])}
            if not self._write(statements.FINISH, held, parts):
                self._own.pop(trial_id, None)
                return self._already(trial_id, state, complete)
            ended = copy.copy(own.trial)
            ended.state, ended.datetime_complete = state, complete or ended.datetime_complete
            if values is not None:
                ended.values = list(values)
            self._own.pop(trial_id, None)
            self._known_of(own.study_id).put(ended)
            return True

    def _take(self, trial: FrozenTrial, study_id: int) -> None:
        self._own[trial._trial_id] = OwnTrial(trial, study_id)
        self._heard[trial._trial_id] = time.monotonic()

    def _claim(self, waiting: FrozenTrial) -> bool:
        """Of all who ask for a waiting trial, one gets it."""
        start = datetime.now()
        if not self._write(statements.CLAIM, (rows.utc(start), waiting._trial_id), {"heartbeat": [[1]]}):
            self._read_one(waiting._trial_id)
            return False
        trial = copy.copy(waiting)
        trial.state, trial.datetime_start = TrialState.RUNNING, start
        study_id = self._study_of[trial._trial_id]
        self._known_of(study_id).put(trial)
        self._take(trial, study_id)
        return True

    def _already(self, trial_id: int, state: TrialState, complete: datetime | None) -> bool:
        """Someone else ended it, or we did before the connection broke. Raises UpdateFinishedTrialError."""
        there = self._read_one(trial_id)
        if there.state is state and there.datetime_complete == complete:
            return True
        raise UpdateFinishedTrialError(f"Trial#{there.number} has already finished and can not be updated.")


def _running() -> FrozenTrial:
    return FrozenTrial(
        number=-1, state=TrialState.RUNNING, value=None, datetime_start=datetime.now(), datetime_complete=None,
        params={}, distributions={}, user_attrs={}, system_attrs={}, intermediate_values={}, trial_id=-1,
    )  # fmt: skip
