from __future__ import annotations

import numpy as np
import pytest

from jobs.registry.gate import Judgement, Rule, Side, judge
from jobs.training.config import Costs

COSTS = Costs(false_positive=1, false_negative=5)
ROWS = 1400
GENERATOR = np.random.default_rng(7)
LABELS = (GENERATOR.random(ROWS) < 0.27).astype(np.int8)


def model(skill: float, noise: int) -> Side:
    """Probabilities that know so much about the labels; calibrated, because made by Bayes' rule from normal scores."""
    score = np.random.default_rng(noise).normal(LABELS * skill, 1.0)
    odds = 0.27 / 0.73 * np.exp(skill * score - skill**2 / 2)
    return Side(odds / (1 + odds), 1 / 6)


def verdict(
    champion: Side, challenger: Side, selected: str = "average_precision", rule: Rule | None = None
) -> Judgement:
    return judge(LABELS, champion, challenger, selected, COSTS, 11, rule)


def test_a_clearly_better_challenger_passes_and_the_other_way_round_is_refused() -> None:
    worse, better = model(1.0, 1), model(2.0, 2)
    assert verdict(worse, better).passed
    refused = verdict(better, worse)
    assert not refused.passed
    assert "average_precision is not surely better" in refused.reasons[0]


def test_an_equal_challenger_and_the_same_model_are_refused() -> None:
    same = model(1.5, 1)
    assert not verdict(same, same).passed
    assert verdict(same, same).gains[0].gain == verdict(same, same).gains[0].low == 0.0


def test_a_better_number_that_chance_explains_is_refused() -> None:
    one, other = sorted((model(1.5, 1), model(1.5, 2)), key=lambda side: verdict(side, side).gains[0].champion)
    found = verdict(one, other)
    assert found.gains[0].gain > 0
    assert not found.passed


def test_of_equally_good_challengers_no_more_pass_than_the_confidence_allows() -> None:
    rule = Rule(replicates=200)
    passed = sum(verdict(model(1.5, 2 * n), model(1.5, 2 * n + 1), rule=rule).passed for n in range(60))
    # 5 % of 60 is 3; more than 9 would happen by chance in less than 1 of 1,000 runs.
    assert passed <= 9


@pytest.mark.parametrize("selected", ["roc_auc", "average_precision", "brier", "cost", "log_loss", "f1", "accuracy"])
def test_whatever_the_metric_a_positive_gain_means_that_the_challenger_is_better(selected: str) -> None:
    found = verdict(model(0.5, 1), model(2.5, 2), selected)
    assert found.passed, found
    assert found.gains[0].metric == selected
    assert found.gains[0].low > 0
    assert len({one.metric for one in found.gains}) == len(found.gains)


def test_a_better_ranking_with_bad_probabilities_is_refused_by_the_guard_on_log_loss() -> None:
    good = model(2.5, 2)
    sure = Side(np.where(good.probabilities > 0.5, 1 - 1e-9, 1e-9) * 0.5 + good.probabilities * 1e-6, good.threshold)
    found = verdict(model(0.8, 1), sure, "roc_auc")
    assert found.gains[0].low > 0
    assert not found.passed
    assert found.reasons[0].startswith("log_loss may be worse by")


def test_a_better_ranking_at_a_threshold_that_costs_more_is_refused_by_the_guard_on_cost() -> None:
    better = model(2.0, 2)
    found = verdict(model(1.2, 1), Side(better.probabilities, 0.99))
    assert [reason.split(" ")[0] for reason in found.reasons] == ["cost"]


def test_too_few_rows_of_a_class_are_a_refusal_that_says_so() -> None:
    rows = np.concatenate([np.flatnonzero(LABELS == 1)[:29], np.flatnonzero(LABELS == 0)])
    one, other = (Side(side.probabilities[rows], side.threshold) for side in (model(0.5, 1), model(3.0, 2)))
    found = judge(LABELS[rows], one, other, "roc_auc", COSTS, 11)
    assert (found.passed, found.gains) == (False, ())
    assert "29 of a class, at least 30" in found.reasons[0]


def test_the_same_arguments_give_the_same_figures_and_another_seed_others() -> None:
    one, other = model(1.0, 1), model(1.2, 2)
    assert verdict(one, other) == verdict(one, other)
    assert (
        judge(LABELS, one, other, "roc_auc", COSTS, 12).gains != judge(LABELS, one, other, "roc_auc", COSTS, 11).gains
    )
