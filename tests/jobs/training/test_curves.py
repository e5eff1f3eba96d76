from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn

from jobs.training.curves import ranking, reliability

GENERATOR = np.random.default_rng(1)
# Rounded, so that many are equal.
PROBABILITIES = GENERATOR.random(500).round(2)
LABELS = (GENERATOR.random(500) < PROBABILITIES).astype(np.int8)


def test_the_roc_curve_is_scikit_learn_s() -> None:
    wrong, right, thresholds = sklearn.roc_curve(LABELS, PROBABILITIES, drop_intermediate=False)
    curve = ranking(LABELS, PROBABILITIES)
    np.testing.assert_allclose(curve.false_positive_rate, wrong)
    np.testing.assert_allclose(curve.true_positive_rate, right)
    np.testing.assert_allclose(curve.thresholds, thresholds)


def test_precision_over_recall_is_scikit_learn_s() -> None:
    precision, recall, _ = sklearn.precision_recall_curve(LABELS, PROBABILITIES)
    curve = ranking(LABELS, PROBABILITIES)
    np.testing.assert_allclose(curve.precision[::-1], precision)
    np.testing.assert_allclose(curve.true_positive_rate[::-1], recall)


@pytest.mark.parametrize("threshold", [0.0, 0.305, 0.3, 1.1])
def test_the_point_of_a_threshold_counts_the_rows_at_or_above_it(threshold: float) -> None:
    curve = ranking(LABELS, PROBABILITIES)
    share = np.mean(PROBABILITIES[LABELS == 1] >= threshold)
    assert curve.true_positive_rate[curve.at(threshold)] == pytest.approx(share)


def test_true_probabilities_lie_in_nearly_every_interval() -> None:
    told = np.random.default_rng(2).random(20_000)
    came = (np.random.default_rng(3).random(20_000) < told).astype(np.int8)
    groups = reliability(came, told, groups=20)
    assert np.count_nonzero((groups.low <= groups.told) & (groups.told <= groups.high)) >= 18
    doubled = reliability(came, told / 2, groups=20)
    assert np.count_nonzero((doubled.low <= doubled.told) & (doubled.told <= doubled.high)) <= 3


def test_a_group_in_which_nothing_came_has_an_interval_from_0_up() -> None:
    groups = reliability(np.array([0] * 50 + [1] * 50, dtype=np.int8), np.linspace(0, 1, 100))
    assert groups.low[0] == pytest.approx(0)
    assert groups.high[0] == pytest.approx(0.278, abs=0.001)  # Wilson's for 0 of 10
    assert np.all(groups.low <= groups.came)
    assert np.all(groups.came <= groups.high)


def test_fewer_rows_than_groups_are_a_group_each() -> None:
    assert len(reliability(np.array([0, 1, 1], dtype=np.int8), np.array([0.1, 0.5, 0.9])).told) == 3
