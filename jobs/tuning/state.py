"""What `mlops tune status` tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.tuning.outcomes import best, outcomes
from jobs.tuning.studies import STUDY, Found, find

if TYPE_CHECKING:
    from optuna.storages import BaseStorage


def state_of(name: str, storage: BaseStorage) -> dict[str, Any]:
    """Raises StudyError."""
    return describe(find(name, storage))


def states(storage: BaseStorage) -> list[dict[str, Any]]:
    """Of every study that was made here, by name."""
    names = sorted(study.study_name for study in storage.get_all_studies() if STUDY in study.user_attrs)
    return [state_of(name, storage) for name in names]


def describe(found: Found) -> dict[str, Any]:
    """Counts, best value, last end (local time with its zone)."""
    trials = found.live.get_trials(deepcopy=False)
    now = outcomes(trials)
    winner = best(trials, found.asked.lower_is_better)
    ends = [trial.datetime_complete for trial in trials if trial.datetime_complete]
    return {
        "study": found.asked.study.study,
        "trials": found.asked.study.trials,
        "finished": now.finished,
        "complete": now.complete,
        "pruned": now.pruned,
        "failed": now.failed,
        "lost": now.lost,
        "running": now.running,
        "waiting": now.waiting,
        "metric": found.asked.metric,
        "best": winner.value if winner else None,
        "bestTrial": winner.number if winner else None,
        "sampler": found.sampler,
        "pruner": found.pruner,
        "last": max(ends).astimezone().isoformat(timespec="seconds") if ends else None,
    }
