"""Signs of life: which trials have lost their worker."""

from __future__ import annotations

import time
from collections.abc import Callable

from optuna import Study
from optuna.storages._heartbeat import BaseHeartbeat
from optuna.trial import FrozenTrial

from jobs.tuning.postgres import statements
from jobs.tuning.postgres.trials import Trials

SilentTrial = Callable[[Study, FrozenTrial], None]


class Beats(Trials, BaseHeartbeat):
    """The part of Optuna's storage that is about heartbeats."""

    _interval: int | None
    _grace: int | None
    _silent: SilentTrial | None
    # Monotonic seconds: of a trial's last sign of life here, and of the last look for silent ones of a study.
    _heard: dict[int, float]
    _looked: dict[int, float]

    def record_heartbeat(self, trial_id: int) -> None:
        """Not in the first moment of a trial: its creation was one."""
        with self._lock:
            now = time.monotonic()
            if now - self._heard.get(trial_id, -1e9) < (self._interval or 0) / 2:
                return
            self._heard[trial_id] = now
            self._connection.run(lambda session: session.execute(statements.HEARTBEAT, (trial_id,)))

    def _get_stale_trial_ids(self, study_id: int) -> list[int]:
        """Looked for once in an interval: a trial is not more silent because many others begin."""
        with self._lock:
            now = time.monotonic()
            if self._interval is None or now - self._looked.get(study_id, -1e9) < self._interval:
                return []
            self._looked[study_id] = now
            parameters = (study_id, self._grace or 2 * self._interval)
            silent = self._connection.run(
                lambda session: session.execute(statements.SILENT_TRIALS, parameters).fetchall()
            )
            return [trial_id for (trial_id,) in silent if trial_id not in self._own]

    def get_heartbeat_interval(self) -> int | None:
        return self._interval

    def get_heartbeat_stale_trial_callback(self) -> SilentTrial | None:
        return self._silent
