"""Fits a candidate with its library; no other module knows which libraries there are."""

from __future__ import annotations

from typing import assert_never

from jobs.features.encoder import Matrix
from jobs.training.config import CandidateConfig, LogisticRegression, XGBoost
from jobs.training.fitted import Candidate, Labels


def fit(config: CandidateConfig, matrix: Matrix, labels: Labels, seed: int) -> Candidate:
    """Trains on one thread: float sums must not depend on the number of cores."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        match config:
            case LogisticRegression():
                from jobs.training.logistic import fit_logistic

                return fit_logistic(config, matrix, labels, seed)
            case XGBoost():
                from jobs.training.boosting import fit_boosting

                return fit_boosting(config, matrix, labels, seed)
            case _:
                assert_never(config)
