"""Whether a challenger may take a champion's place: both on the same held-out rows, by a paired test; pure.

It must be better in the metric that its config selects by: over stratified resamples of the rows, the same for both,
the one-sided lower bound of its gain lies above zero. And it may not be much worse in what is not selected by: the
lower bound of its gain in log-loss and in cost may not fall below `margin` of the champion's figure.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from pydantic import Field

from jobs.config import Frozen
from jobs.training.config import LOWER_IS_BETTER, Costs
from jobs.training.intervals import resamples
from jobs.training.metrics import Labels, Probabilities, evaluate, weighted

GUARDED = ("log_loss", "cost")


class Rule(Frozen):
    """How sure the gate must be."""

    confidence: float = Field(0.95, gt=0.5, lt=1, description="one-sided, of every bound")
    margin: float = Field(0.10, gt=0, lt=1, description="share of the champion's figure that a guard may lose")
    replicates: int = Field(2000, ge=200, le=100_000)
    minimum: int = Field(30, ge=2, description="held-out rows of each class; with fewer, bounds mean little")


@dataclass(frozen=True)
class Side:
    """One model's answers: probabilities, shape (rows,), and its threshold."""

    probabilities: Probabilities
    threshold: float


@dataclass(frozen=True)
class Gain:
    """One metric of both; `gain` and `low` are positive where the challenger is better, whatever the metric."""

    metric: str
    champion: float
    challenger: float
    gain: float
    low: float


@dataclass(frozen=True)
class Judgement:
    """What the gate found, with all that is needed to find it again."""

    passed: bool
    reasons: tuple[str, ...]
    selected: str
    rows: int
    positives: int
    seed: int
    rule: Rule
    gains: tuple[Gain, ...]

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "rule": self.rule.model_dump(), "reasons": list(self.reasons),
                "gains": [asdict(one) for one in self.gains]}  # fmt: skip


def judge(
    labels: Labels, champion: Side, challenger: Side, selected: str, costs: Costs, seed: int, rule: Rule | None = None
) -> Judgement:
    """Same arguments, same judgement. Rows too few to judge by are a refusal, not an error."""
    rule = rule or Rule()
    positives = int(np.count_nonzero(labels))
    rows = len(labels)
    fewest = min(positives, rows - positives)
    if fewest < rule.minimum:
        reason = f"too few held-out rows to judge by: {fewest} of a class, at least {rule.minimum} are needed"
        return Judgement(False, (reason,), selected, rows, positives, seed, rule, ())
    gains = _gains(labels, champion, challenger, tuple(dict.fromkeys((selected, *GUARDED))), costs, seed, rule)
    reasons = [_told(gains[0])] if not gains[0].low > 0 else []
    for one in gains[1:]:
        if one.low < -rule.margin * one.champion:
            reasons.append(
                f"{one.metric} may be worse by {-one.low:.4f}, more than {rule.margin:.0%} of the champion's "
                f"{one.champion:.4f}"
            )
    passed = not reasons
    return Judgement(
        passed, tuple(reasons) or (_told(gains[0]),), selected, rows, positives, seed, rule, tuple(gains)
    )  # fmt: skip


def _gains(
    labels: Labels, champion: Side, challenger: Side, metrics: tuple[str, ...], costs: Costs, seed: int, rule: Rule
) -> list[Gain]:
    now = evaluate(labels, champion.probabilities, champion.threshold, costs)
    new = evaluate(labels, challenger.probabilities, challenger.threshold, costs)
    drawn: dict[str, list[Any]] = {name: [] for name in metrics}
    for weights in resamples(labels, rule.replicates, seed):
        old = weighted(labels, champion.probabilities, champion.threshold, costs, weights)
        other = weighted(labels, challenger.probabilities, challenger.threshold, costs, weights)
        for name in metrics:
            drawn[name].append(_sign(name) * (other[name] - old[name]))
    below = 100 * (1 - rule.confidence)
    return [
        Gain(
            name, now[name], new[name], _sign(name) * (new[name] - now[name]),
            float(np.percentile(np.concatenate(drawn[name]), below)),
        )
        for name in metrics
    ]  # fmt: skip


def _sign(metric: str) -> float:
    return -1.0 if metric in LOWER_IS_BETTER else 1.0


def _told(one: Gain) -> str:
    surely = "is surely better" if one.low > 0 else "is not surely better"
    return (
        f"{one.metric} {surely}: {one.challenger:.4f} against {one.champion:.4f}, a gain of {one.gain:+.4f}, "
        f"at least {one.low:+.4f}"
    )
