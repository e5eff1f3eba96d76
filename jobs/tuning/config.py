"""A study as written in YAML: what is searched, how, and how long."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from jobs.cluster.config import Run
from jobs.config import Frozen
from jobs.training.config import CandidateConfig, LogisticRegression, Metric, Name, XGBoost

SamplerName = Literal["tpe", "random", "qmc", "nsgaii"]
PrunerName = Literal["none", "median", "percentile", "successive-halving", "hyperband"]
CANDIDATES: dict[str, type[LogisticRegression] | type[XGBoost]] = {
    "logistic_regression": LogisticRegression,
    "xgboost": XGBoost,
}
# Trials are small: workers share the trials, not one of them.
NOT_SEARCHED = {"kind", "name", "distributed"}
Scalar = bool | int | float | str


class Whole(Frozen):
    """A whole number from `low` to `high`, both included."""

    kind: Literal["int"]
    low: int
    high: int
    step: int = Field(1, ge=1)
    log: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_range(self.low, self.high, self.log, self.step != 1)
        return self

    def ends(self) -> tuple[Scalar, ...]:
        return self.low, self.high


class Real(Frozen):
    """A number from `low` to `high`; `log` draws orders of magnitude alike."""

    kind: Literal["float"]
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    step: float | None = Field(None, gt=0)
    log: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_range(self.low, self.high, self.log, self.step is not None)
        return self

    def ends(self) -> tuple[Scalar, ...]:
        return self.low, self.high


class Choice(Frozen):
    """One of several values."""

    kind: Literal["choice"]
    values: tuple[Scalar, ...] = Field(min_length=1)

    def ends(self) -> tuple[Scalar, ...]:
        return self.values


Parameter = Annotated[Whole | Real | Choice, Field(discriminator="kind")]


class Space(Frozen):
    """What is drawn for one kind of candidate, and what is fixed; the rest keeps its default."""

    kind: Literal["logistic_regression", "xgboost"]
    parameters: dict[str, Parameter] = Field(min_length=1)
    fixed: dict[str, Scalar] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _candidates_allow_it(self) -> Self:
        """Every end of every range makes a candidate."""
        known = sorted(set(CANDIDATES[self.kind].model_fields) - NOT_SEARCHED)
        for name in (*self.parameters, *self.fixed):
            if name not in known:
                raise ValueError(f"{self.kind} has no parameter {name!r}; it has {known}")
        if twice := sorted(set(self.parameters) & set(self.fixed)):
            raise ValueError(f"a parameter is drawn or fixed, not both: {twice}")
        first = {name: parameter.ends()[0] for name, parameter in self.parameters.items()}
        for name, parameter in self.parameters.items():
            for value in parameter.ends():
                try:
                    self.candidate({**first, name: value})
                except ValidationError as error:
                    raise ValueError(f"parameters.{name} may not be {value!r}: {error.errors()[0]['msg']}") from None
        return self

    def candidate(self, drawn: dict[str, Scalar]) -> CandidateConfig:
        """Raises ValidationError."""
        data = {"kind": self.kind, "name": self.kind.replace("_", "-"), **self.fixed, **drawn}
        return _CANDIDATE.validate_python(data)


class Heartbeat(Frozen):
    """Seconds between signs of life of a trial, and of silence after which it is given to another worker."""

    interval: int = Field(10, ge=1, le=600)
    grace: int = Field(30, ge=2, le=3600)

    @model_validator(mode="after")
    def _misses_one(self) -> Self:
        if self.grace < 2 * self.interval:
            raise ValueError(f"grace {self.grace} must be at least two intervals of {self.interval}")
        return self


class Study(Frozen):
    """One search; `study` names it in the database."""

    kind: Literal["study"]
    study: Name
    experiment: str = Field(min_length=1, description="path of the experiment's YAML, from this file's folder")
    seed: int = Field(ge=0, lt=2**32)
    metric: Metric | None = Field(None, description="default: the experiment's `select`")
    folds: int = Field(3, ge=2, le=20)
    trials: int = Field(50, ge=1, le=100_000)
    timeout: int = Field(4 * 3600, ge=1, le=7 * 24 * 3600, description="seconds of one run")
    sampler: SamplerName = "tpe"
    pruner: PrunerName = "median"
    space: tuple[Space, ...] = Field(min_length=1)
    retries: int = Field(3, ge=0, le=100, description="of a trial whose worker died")
    heartbeat: Heartbeat = Heartbeat()
    run: Run = Run()

    @model_validator(mode="after")
    def _kinds_once(self) -> Self:
        kinds = [space.kind for space in self.space]
        if twice := sorted({kind for kind in kinds if kinds.count(kind) > 1}):
            raise ValueError(f"each kind has one space; given twice: {twice}")
        return self


_CANDIDATE: TypeAdapter[CandidateConfig] = TypeAdapter(CandidateConfig)


def _check_range(low: float, high: float, log: bool, stepped: bool) -> None:
    if low > high:
        raise ValueError(f"low {low} is above high {high}")
    if log and low <= 0:
        raise ValueError(f"low {low} must be above 0 where log is true")
    if log and stepped:
        raise ValueError("give step or log, not both")
