"""How drift is decided, as a section of a config file or alone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jobs.config import Frozen

NumericTest = Literal["ks", "wasserstein", "psi", "jensen_shannon", "chi_square"]
CategoricalTest = Literal["chi_square", "psi", "jensen_shannon"]
Correction = Literal["holm", "benjamini_hochberg", "none"]


class FeatureRule(Frozen):
    """What differs for one feature; what is not given is as for all."""

    ignore: bool = False
    test: NumericTest | None = None
    minimum_effect: float | None = Field(default=None, ge=0.0, le=1.0)


class DriftConfig(Frozen):
    """`alpha`: the chance of a false alarm in a whole window (`holm`), not of one feature.

    `minimum_effect`: the share of rows that must have moved before a difference counts, so that a window of a million
    rows does not alarm about nothing. `maximum_repeats`: share of a window's rows that may be copies of other rows,
    beyond what the reference has. `scored_rows`: rows that are drawn for predictions, performance and copies.
    """

    alpha: float = Field(default=0.01, gt=0.0, lt=0.5)
    correction: Correction = "holm"
    numeric: NumericTest = "ks"
    categorical: CategoricalTest = "chi_square"
    minimum_rows: int = Field(default=200, ge=30)
    minimum_effect: float = Field(default=0.01, ge=0.0, le=1.0)
    maximum_repeats: float = Field(default=0.5, ge=0.0, le=1.0)
    prediction: bool = True
    performance: bool = True
    scored_rows: int = Field(default=20_000, ge=1_000)
    features: dict[str, FeatureRule] = Field(default_factory=dict)
    seed: int = Field(default=0, ge=0)
