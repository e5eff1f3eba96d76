"""What one process knows of a study's trials; pure."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from optuna.distributions import BaseDistribution, check_distribution_compatibility
from optuna.trial import FrozenTrial, TrialState


@dataclass
class KnownTrials:
    """Trials by number. Finished ones never change; of the others the newest state that was seen."""

    trials: dict[int, FrozenTrial] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    # Numbers by id of those that may have changed since.
    open: dict[int, int] = field(default_factory=dict)
    # Every trial up to this id was seen.
    newest_id: int = -1
    distributions: dict[str, BaseDistribution] = field(default_factory=dict)

    def put(self, trial: FrozenTrial) -> None:
        """A trial as it is now; others may be newer."""
        self.trials[trial.number] = trial
        self.numbers[trial._trial_id] = trial.number
        if trial.state.is_finished():
            self.open.pop(trial._trial_id, None)
        else:
            self.open[trial._trial_id] = trial.number
        for name, distribution in trial.distributions.items():
            self.distributions.setdefault(name, distribution)

    def by_id(self, trial_id: int) -> FrozenTrial | None:
        number = self.numbers.get(trial_id)
        return None if number is None else self.trials[number]

    def check(self, name: str, distribution: BaseDistribution) -> None:
        """Raises ValueError when another trial drew this parameter from something else."""
        if name in self.distributions:
            check_distribution_compatibility(self.distributions[name], distribution)

    def select(self, states: Container[TrialState] | None) -> list[FrozenTrial]:
        """By number."""
        if states == (TrialState.WAITING,):
            # Asked before every trial, and only few are open.
            found = (self.trials[number] for number in sorted(self.open.values()))
            return [trial for trial in found if trial.state is TrialState.WAITING]
        numbers = sorted(self.trials)
        if states is None:
            return [self.trials[number] for number in numbers]
        return [trial for number in numbers if (trial := self.trials[number]).state in states]
