"""What has become of a study's trials; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from optuna.trial import FrozenTrial, TrialState

# Attribute of a trial whose objective raised an error, in its words. Failed without it means that its worker died.
FAILURE = "mlops.failure"


@dataclass(frozen=True)
class Outcomes:
    """Trials by what became of them; `lost` are those of workers that died, whose place another trial takes."""

    complete: int = 0
    pruned: int = 0
    failed: int = 0
    lost: int = 0
    running: int = 0
    waiting: int = 0

    @property
    def finished(self) -> int:
        """Trials with an outcome of their own."""
        return self.complete + self.pruned + self.failed

    def to_begin(self, trials: int) -> int:
        """How many may still begin in a study that shall have so many; waiting ones among them."""
        return max(0, trials - self.finished - self.running)

    def numbers_below(self, trials: int) -> int:
        """Trials are numbered without gaps: from this number on there would be too many."""
        return trials + self.lost


def outcomes(trials: Iterable[FrozenTrial]) -> Outcomes:
    """Counts."""
    counts = dict.fromkeys(Outcomes.__dataclass_fields__, 0)
    for trial in trials:
        if trial.state is TrialState.FAIL:
            counts["failed" if FAILURE in trial.user_attrs else "lost"] += 1
        else:
            counts[trial.state.name.lower()] += 1
    return Outcomes(**counts)


def best(trials: Iterable[FrozenTrial], lower_is_better: bool) -> FrozenTrial | None:
    """The complete trial with the best value; of equals the first."""
    complete = [trial for trial in trials if trial.state is TrialState.COMPLETE and trial.value is not None]
    sign = 1.0 if lower_is_better else -1.0
    return min(complete, key=lambda trial: (sign * (trial.value or 0.0), trial.number), default=None)
