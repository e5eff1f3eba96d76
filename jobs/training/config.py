"""An experiment as written in YAML; frozen, every candidate discriminated by `kind`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from jobs.cluster.config import Run
from jobs.config import Frozen
from jobs.datasets.schema import Schema
from jobs.datasets.source import Source

Metric = Literal["roc_auc", "average_precision", "f1", "log_loss", "brier", "accuracy", "cost"]
Calibration = Literal["none", "sigmoid", "isotonic"]
LOWER_IS_BETTER: frozenset[str] = frozenset({"log_loss", "brier", "cost"})
Fraction = Annotated[float, Field(gt=0.0, lt=0.5)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Split(Frozen):
    """Fractions of the rows held out, drawn per class; the rest is for fitting."""

    valid: Fraction = 0.2
    test: Fraction = 0.2


class Costs(Frozen):
    """Cost of one error; the threshold is the one with the least cost on the validation rows."""

    false_positive: float = Field(gt=0)
    false_negative: float = Field(gt=0)


class CrossValidation(Frozen):
    """Folds of the training rows; their mean chooses the candidate, and calibration is fitted on their held rows."""

    folds: int = Field(5, ge=2, le=20)


class LogisticRegression(Frozen):
    """scikit-learn: median imputation, scaling, logistic regression."""

    kind: Literal["logistic_regression"]
    name: Name
    c: float = Field(1.0, gt=0, description="inverse of the regularisation strength")
    max_iterations: int = Field(2000, ge=1, le=100_000)


class XGBoost(Frozen):
    """Gradient-boosted trees; a missing number takes the branch learned for it."""

    kind: Literal["xgboost"]
    name: Name
    trees: int = Field(200, ge=1, le=5000)
    depth: int = Field(4, ge=1, le=16)
    learning_rate: float = Field(0.05, gt=0, le=1)
    subsample: float = Field(1.0, gt=0, le=1)
    columns_by_tree: float = Field(1.0, gt=0, le=1)
    min_child_weight: float = Field(1.0, ge=0)
    distributed: bool = Field(False, description="all workers fit it together, each on its share of the rows")


CandidateConfig = Annotated[LogisticRegression | XGBoost, Field(discriminator="kind")]


class Experiment(Frozen):
    """One training run: same config, data and library versions give the same bundles."""

    kind: Literal["experiment"]
    experiment: Name
    seed: int = Field(ge=0, lt=2**32)
    data: Source
    table: Schema
    split: Split = Split()
    costs: Costs
    select: Metric = "average_precision"
    cross_validation: CrossValidation | None = None
    calibration: Calibration = Field(
        "none", description="fitted on the folds' held rows, without cross_validation on the validation rows"
    )
    candidates: tuple[CandidateConfig, ...] = Field(min_length=1)
    run: Run = Run()

    @property
    def distributed(self) -> bool:
        """Whether workers fit every candidate together, instead of sharing the folds."""
        return any(isinstance(one, XGBoost) and one.distributed for one in self.candidates)

    @model_validator(mode="after")
    def _all_together_or_none(self) -> Self:
        if self.distributed and not all(isinstance(one, XGBoost) and one.distributed for one in self.candidates):
            raise ValueError("either every candidate is distributed or none: the workers do one thing together")
        return self

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        names = [candidate.name for candidate in self.candidates]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"each candidate has its own name; given twice: {twice}")
        return self
