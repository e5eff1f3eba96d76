from __future__ import annotations

import math
import time

import numpy as np
import pytest
from sklearn import metrics as sklearn

from jobs.training.config import Costs
from jobs.training.fitted import Labels, Probabilities
from jobs.training.intervals import intervals, resamples
from jobs.training.metrics import THRESHOLDS, best_threshold, cost, evaluate, weighted

COSTS = Costs(false_positive=1, false_negative=5)


def rows(count: int, seed: int, decimals: int = 12) -> tuple[Labels, Probabilities]:
    """With few decimals many scores are equal."""
    generator = np.random.default_rng(seed)
    probabilities = generator.random(count).round(decimals)
    return (generator.random(count) < probabilities).astype(np.int8), probabilities


@pytest.mark.parametrize("decimals", [12, 1])
def test_every_metric_is_scikit_learn_s(decimals: int) -> None:
    labels, probabilities = rows(400, 1, decimals)
    chosen = probabilities >= 0.3
    assert evaluate(labels, probabilities, 0.3, COSTS) == pytest.approx(
        {
            "roc_auc": sklearn.roc_auc_score(labels, probabilities),
            "average_precision": sklearn.average_precision_score(labels, probabilities),
            "f1": sklearn.f1_score(labels, chosen),
            "log_loss": sklearn.log_loss(labels, probabilities),
            "brier": sklearn.brier_score_loss(labels, probabilities),
            "accuracy": sklearn.accuracy_score(labels, chosen),
            "cost": cost(labels, probabilities, 0.3, COSTS),
        }
    )


def test_a_weight_counts_as_so_many_equal_rows() -> None:
    labels, probabilities = rows(60, 2, 1)
    times = np.random.default_rng(2).integers(0, 4, 60)
    repeated = evaluate(labels.repeat(times), probabilities.repeat(times), 0.4, COSTS)
    found = weighted(labels, probabilities, 0.4, COSTS, times[None, :].astype(np.float64))
    assert {name: value[0] for name, value in found.items()} == pytest.approx(repeated)


def test_every_resample_has_as_many_rows_of_each_class_as_there_are() -> None:
    labels, _ = rows(500, 3)
    drawn = np.concatenate(list(resamples(labels, 50, seed=1)))
    assert drawn.shape == (50, 500)
    assert set(drawn.sum(axis=1)) == {500}
    assert set(drawn @ labels) == {labels.sum()}
    assert len(np.unique(drawn, axis=0)) == 50


def test_intervals_are_the_same_for_the_same_seed_and_narrow_with_more_rows() -> None:
    few, many = rows(200, 4), rows(3200, 4)
    found = intervals(*few, 0.3, COSTS, seed=1)
    assert found == intervals(*few, 0.3, COSTS, seed=1)
    assert found != intervals(*few, 0.3, COSTS, seed=2)
    narrow = intervals(*many, 0.3, COSTS, seed=1)
    for name, (low, high) in found.items():
        ratio = (high - low) / (narrow[name][1] - narrow[name][0])
        assert ratio == pytest.approx(4, rel=0.35), name


def test_ninety_five_of_a_hundred_intervals_hold_the_true_value() -> None:
    """Scores of two normal distributions 1 apart: the true area is Φ(1/√2)."""
    truth = 0.5 * (1 + math.erf(0.5))
    labels = np.repeat([0, 1], [120, 80]).astype(np.int8)
    held = 0
    for seed in range(100):
        scores = np.random.default_rng(seed).normal(labels.astype(np.float64))
        low, high = intervals(labels, 1 / (1 + np.exp(-scores)), 0.5, COSTS, seed)["roc_auc"]
        held += low <= truth <= high
    assert 90 <= held <= 99


def test_intervals_of_a_test_part_take_less_than_two_seconds_of_cpu() -> None:
    """Measured 0.2 s for the 1,409 rows of the Telco table; a loop over replicates takes 60 times as long."""
    labels, probabilities = rows(1409, 5)
    begin = time.process_time()
    intervals(labels, probabilities, 0.3, COSTS, seed=1)
    assert time.process_time() - begin < 2


def test_no_threshold_costs_less_than_the_chosen_one() -> None:
    labels, probabilities = rows(500, 5)
    chosen = best_threshold(labels, probabilities, COSTS)
    assert cost(labels, probabilities, chosen, COSTS) == min(cost(labels, probabilities, t, COSTS) for t in THRESHOLDS)
    assert chosen < best_threshold(labels, probabilities, Costs(false_positive=5, false_negative=1))
