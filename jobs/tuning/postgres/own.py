"""Trials that this process runs: what of them the database does not have yet."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

from jobs.tuning.postgres import rows


@dataclass
class OwnTrial:
    """A running trial. Every change makes a new `FrozenTrial`: whoever has an older one keeps it as it was."""

    trial: FrozenTrial
    study_id: int
    params: dict[str, None] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)
    system: dict[str, Any] = field(default_factory=dict)
    steps: dict[int, float] = field(default_factory=dict)
    # Monotonic seconds since when something waits to be written.
    since: float | None = None

    def set_param(self, name: str, value: Any, distribution: BaseDistribution) -> None:
        trial = self._changed()
        trial.params = {**trial.params, name: value}
        trial.distributions = {**trial.distributions, name: distribution}
        self.params[name] = None

    def set_user(self, key: str, value: Any) -> None:
        trial = self._changed()
        trial.user_attrs = {**trial.user_attrs, key: value}
        self.user[key] = value

    def set_system(self, key: str, value: Any) -> None:
        trial = self._changed()
        trial.system_attrs = {**trial.system_attrs, key: value}
        self.system[key] = value

    def set_step(self, step: int, value: float) -> None:
        trial = self._changed()
        trial.intermediate_values = {**trial.intermediate_values, step: value}
        self.steps[step] = value

    def parts(self) -> dict[str, Sequence[Sequence[Any]]]:
        """What waits, as columns for `statements.write`."""
        chosen = {name: self.trial.params[name] for name in self.params}
        return {
            "params": rows.param_columns(chosen, self.trial.distributions),
            "user": rows.attribute_columns(self.user),
            "system": rows.attribute_columns(self.system),
            "steps": rows.step_columns(self.steps),
        }

    def written(self) -> None:
        """Nothing waits any more."""
        self.params, self.user, self.system, self.steps, self.since = {}, {}, {}, {}, None

    def _changed(self) -> FrozenTrial:
        self.trial = copy.copy(self.trial)
        if self.since is None:
            self.since = time.monotonic()
        return self.trial


def parts_of(template: FrozenTrial) -> Mapping[str, Sequence[Sequence[Any]]]:
    """Everything of a trial that is given as a whole."""
    return {
        "params": rows.param_columns(template.params, template.distributions),
        "values": rows.value_columns(template.values or []),
        "user": rows.attribute_columns(template.user_attrs),
        "system": rows.attribute_columns(template.system_attrs),
        "steps": rows.step_columns(template.intermediate_values),
    }
