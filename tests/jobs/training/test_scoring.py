from __future__ import annotations

import numpy as np
import pytest

from jobs.datasets.table import Table
from jobs.errors import DataError
from jobs.training.config import Costs, Experiment, LogisticRegression, XGBoost
from jobs.training.folds import make_folds
from jobs.training.scoring import Prepared, prepare, score, scores, threshold_of

SMALL = XGBoost(kind="xgboost", name="small", trees=20, depth=2, learning_rate=0.3)
LINEAR = LogisticRegression(kind="logistic_regression", name="linear")


@pytest.fixture(scope="module")
def prepared(experiment: Experiment, telco: Table) -> Prepared:
    return prepare(experiment, telco, folds=3)


def test_every_training_row_is_held_once_and_no_other_row_is_seen(prepared: Prepared) -> None:
    held = np.concatenate([fold.held for fold in prepared.folds])
    assert sorted(held.tolist()) == prepared.parts.train.tolist()
    for fold in prepared.folds:
        assert sorted([*fold.fit, *fold.held]) == prepared.parts.train.tolist()


def test_every_fold_has_the_share_of_each_class_and_nearly_the_same_size(prepared: Prepared) -> None:
    share = prepared.labels[prepared.parts.train].mean()
    assert all(prepared.labels[fold.held].mean() == pytest.approx(share, abs=0.001) for fold in prepared.folds)
    sizes = [len(fold.held) for fold in prepared.folds]
    assert max(sizes) - min(sizes) <= 1


def test_a_class_with_fewer_rows_than_folds_is_refused() -> None:
    labels = np.array([0] * 50 + [1] * 4, dtype=np.int8)
    with pytest.raises(DataError, match="too few rows"):
        make_folds(labels, np.arange(54), 5, seed=1)
    assert len(make_folds(labels, np.arange(54), 4, seed=1)) == 4


@pytest.mark.parametrize("candidate", [SMALL, LINEAR], ids=lambda one: one.kind)
def test_the_same_arguments_give_the_same_scores_and_each_fold_its_own(
    candidate: XGBoost | LogisticRegression, prepared: Prepared
) -> None:
    def once() -> list[float]:
        return score(candidate, prepared.matrix, prepared.labels, prepared.folds, "roc_auc", 7)

    first = once()
    assert first == once()
    assert len(set(first)) == 3
    assert all(0.80 < value < 0.90 for value in first)


def test_a_score_does_not_depend_on_rows_outside_its_folds(prepared: Prepared) -> None:
    """Validation and test rows are for later: noise in them changes nothing."""
    spoiled = prepared.labels.copy()
    spoiled[prepared.parts.valid] = 1
    spoiled[prepared.parts.test] = 0
    fold = prepared.folds[:1]
    truth = score(SMALL, prepared.matrix, prepared.labels, fold, "log_loss", 7)
    assert score(SMALL, prepared.matrix, spoiled, fold, "log_loss", 7) == truth


def test_a_pruner_has_the_first_fold_before_the_others_are_fitted(prepared: Prepared) -> None:
    assert next(scores(SMALL, prepared.matrix, prepared.labels, prepared.folds, "average_precision", 7)) > 0.5


def test_cost_is_taken_where_both_answers_are_expected_to_cost_the_same(prepared: Prepared) -> None:
    costs = Costs(false_positive=1, false_negative=4)
    assert threshold_of(costs) == 0.2
    fold = prepared.folds[:1]
    stated = score(SMALL, prepared.matrix, prepared.labels, fold, "cost", 7, costs)[0]
    never_ask = 4 * float(prepared.labels[fold[0].held].mean())
    assert stated < 0.7 * never_ask


def test_the_config_s_folds_are_used_unless_others_are_asked_for(experiment: Experiment, telco: Table) -> None:
    plain = experiment.model_copy(update={"cross_validation": None})
    assert prepare(plain, telco).folds == ()
    assert len(prepare(plain, telco, folds=2).folds) == 2
