"""Draws a candidate for a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from jobs.training.config import CandidateConfig
from jobs.tuning.config import Choice, Parameter, Real, Scalar, Space, Whole

if TYPE_CHECKING:
    from optuna import Trial

KIND = "kind"


def draw(trial: Trial, spaces: Sequence[Space]) -> CandidateConfig:
    """The candidate of this trial; its parameters are named `<kind>.<name>`."""
    kinds: list[str] = [space.kind for space in spaces]
    kind = trial.suggest_categorical(KIND, kinds) if len(kinds) > 1 else kinds[0]
    space = spaces[kinds.index(kind)]
    drawn = {name: _suggest(trial, f"{kind}.{name}", parameter) for name, parameter in space.parameters.items()}
    return space.candidate(drawn)


def candidate_of(params: Mapping[str, Any], spaces: Sequence[Space]) -> CandidateConfig:
    """The candidate that a finished trial was."""
    kind = params.get(KIND, spaces[0].kind)
    space = next(space for space in spaces if space.kind == kind)
    return space.candidate({name: params[f"{kind}.{name}"] for name in space.parameters})


def _suggest(trial: Trial, name: str, parameter: Parameter) -> Scalar:
    match parameter:
        case Whole():
            return trial.suggest_int(name, parameter.low, parameter.high, step=parameter.step, log=parameter.log)
        case Real():
            return trial.suggest_float(name, parameter.low, parameter.high, step=parameter.step, log=parameter.log)
        case Choice():
            chosen: Any = trial.suggest_categorical(name, parameter.values)
            return cast(Scalar, chosen)
