"""Samplers and pruners by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

import numpy as np

from jobs.tuning.config import PrunerName, SamplerName

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler


def sampler(name: SamplerName, seeds: Sequence[int]) -> BaseSampler:
    """Workers give different `seeds`, so that they do not draw the same."""
    from optuna import samplers

    seed = int(np.random.SeedSequence(seeds).generate_state(1)[0])
    match name:
        case "tpe":
            return samplers.TPESampler(seed=seed)
        case "random":
            return samplers.RandomSampler(seed=seed)
        case "qmc":
            # All workers take points of one sequence: their seed must be the same.
            return samplers.QMCSampler(seed=seeds[0], scramble=True, warn_independent_sampling=False)
        case "nsgaii":
            return samplers.NSGAIISampler(seed=seed)
        case _:
            assert_never(name)


def pruner(name: PrunerName) -> BasePruner:
    """Of trials that report after each fold."""
    from optuna import pruners

    match name:
        case "none":
            return pruners.NopPruner()
        case "median":
            return pruners.MedianPruner()
        case "percentile":
            return pruners.PercentilePruner(25.0)
        case "successive-halving":
            return pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
        case "hyperband":
            return pruners.HyperbandPruner(min_resource=1, reduction_factor=2)
        case _:
            assert_never(name)
