"""Policies and the steps that follow from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config import load
from jobs.deployment.figures import Figures, Side, Spread
from jobs.deployment.plan import steps_of
from jobs.deployment.policy import STRATEGIES, Canary, RolloutPolicy, Stage
from jobs.errors import ConfigError
from tests.jobs.support import ROOT

weights = st.lists(st.integers(1, 99), min_size=1, max_size=8, unique=True).map(sorted)


@given(st.sampled_from(STRATEGIES), weights, st.integers(1, 40), st.floats(0, 100))
def test_weights_rise_to_all_and_no_server_of_the_stable_side_goes_before_its_share(
    strategy: str, given_weights: list[int], replicas: int, seconds: float
) -> None:
    stages = tuple(Stage(weight=weight, seconds=seconds) for weight in given_weights)
    policy = RolloutPolicy(canary=Canary(stages=stages), bake_seconds=seconds)
    steps = steps_of(next(one for one in STRATEGIES if one == strategy), policy, replicas)
    shares = [step.weight for step in steps]
    if strategy == "shadow":
        assert shares == [0]
        assert steps[0].mirror > 0
        return
    assert shares == sorted(shares)
    assert shares[-1] == 100
    assert all(share < 100 for share in shares[:-1])
    assert all(step.mirror == 0 for step in steps)
    for step in steps:
        if step.stable is not None and step.new is not None:
            assert step.stable + step.new == replicas
            assert step.stable > 0
            assert abs(step.weight - 100 * step.new / replicas) <= 0.5
    assert all(step.judged == (step.seconds > 0) for step in steps if step.name != "baseline")


def test_the_shipped_policy_is_the_default() -> None:
    assert load(RolloutPolicy, ROOT / "configs" / "rollout_policy.yaml") == RolloutPolicy()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("canary: {stages: []}", "weights must rise"),
        ("canary: {stages: [{weight: 50, seconds: 1}, {weight: 50, seconds: 1}]}", "weights must rise"),
        ("canary: {stages: [{weight: 100, seconds: 1}]}", "less than or equal to 99"),
        ("canary: {stages: [{weight: 5, seconds: -1}]}", "greater than or equal to 0"),
        ("strategy: yolo", "canary"),
        ("shadow: {mirror: 0}", "greater than or equal to 1"),
        ("limits: {p95_factor: 1}", "greater than 1"),
        ("luck: 7", "Extra inputs"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_rule(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(f"kind: rollout\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load(RolloutPolicy, path)
    assert words in str(caught.value)


counts = st.lists(st.integers(0, 50), min_size=4, max_size=4).map(tuple)
sides = st.builds(
    lambda requests, errors, seconds, predictions: Side(
        requests=requests, errors=errors, seconds=Spread(edges=(1.0, 2.0, 3.0), counts=seconds), predictions=predictions
    ),
    st.integers(0, 100), st.integers(0, 10), counts, counts,
)  # fmt: skip


@given(sides, sides, sides)
def test_figures_of_times_add_up_in_any_order(one: Side, two: Side, three: Side) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one + Side() == one
    both = Figures(new=one, stable=two) + Figures(new=three)
    assert (both.new, both.stable) == (one + three, two)


@given(counts)
def test_a_quantile_lies_in_the_bin_that_holds_it(seconds: tuple[int, ...]) -> None:
    spread = Spread(edges=(1.0, 2.0, 3.0), counts=seconds)
    if not spread.total:
        return
    found = spread.quantile(0.95)
    assert 0 <= found <= 3
    assert (
        sum(count for edge, count in zip(spread.edges, seconds, strict=False) if edge <= found) <= 0.95 * spread.total
    )
    assert spread.above(2.0) == seconds[3] + seconds[2]
    assert spread.above(2.5) == seconds[3]


def test_histograms_of_different_edges_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="different edges"):
        _ = Spread(edges=(1.0,), counts=(1, 0)) + Spread(edges=(2.0,), counts=(1, 0))
    with pytest.raises(ValueError, match="rising edges"):
        Spread(edges=(2.0, 1.0), counts=(0, 0, 0))
