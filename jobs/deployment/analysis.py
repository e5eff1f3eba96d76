"""Figures of the new and the stable side → pass, fail or inconclusive, with reasons. Pure.

One-sided tests: a version fails when it is surely worse than its limit allows, not when it looks so. Each look at a
running step spends the same part of the level, so that looking often does not refuse good versions (Bonferroni).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from jobs.deployment.figures import Side, Spread
from jobs.deployment.policy import Limits
from jobs.drift.chance import kolmogorov_smirnov
from jobs.drift.distances import kolmogorov_smirnov as distance
from jobs.drift.special import log_factorials

Verdict = Literal["pass", "fail", "inconclusive"]
SLOW = 0.05
# Draws where chance is not plainly small or large; the same figures always give the same answer.
DRAWS, SEED = 2000, 0


@dataclass(frozen=True)
class Judgement:
    """`reasons`: of a fail or an inconclusive one why, of a pass what was compared."""

    verdict: Verdict
    reasons: tuple[str, ...]


def judge(new: Side, stable: Side, limits: Limits, minimum: int, looks: int) -> Judgement:
    """`new`: this step's; `stable`: of the whole rollout so far; `looks`: how often a rollout is looked at, at most."""
    level = limits.level / max(looks, 1)
    found = [_errors(new, limits, level), *_latency(new.seconds, stable.seconds, limits, level)]
    found += _shift(new.predictions, stable.predictions, limits, level)
    if failed := tuple(text for bad, text in found if bad):
        return Judgement("fail", failed)
    if new.requests < minimum:
        few = f"{new.requests} requests of the new side are too few to judge by; {minimum} are needed"
        return Judgement("inconclusive", (few,))
    return Judgement("pass", tuple(text for _, text in found))


def surely_more(count: int, total: int, share: float, level: float) -> bool:
    """Whether `count` of `total` could come of this share or less only by a chance below the level (exact binomial)."""
    if not total or count <= share * total:
        return False
    return count > 0 if share <= 0 else _tail(count, total, share) < level


def _errors(new: Side, limits: Limits, level: float) -> tuple[bool, str]:
    bad = surely_more(new.errors, new.requests, limits.errors, level)
    share = new.errors / new.requests if new.requests else 0.0
    return bad, f"errors: {new.errors} of {new.requests} requests ({share:.2%}), allowed {limits.errors:.2%}"


def _latency(new: Spread, stable: Spread, limits: Limits, level: float) -> list[tuple[bool, str]]:
    if not new.total:
        return []
    p95 = new.quantile(1 - SLOW)
    found = [
        (
            surely_more(new.above(limits.p95_seconds), new.total, SLOW, level),
            f"p95 {p95 * 1000:.1f} ms, allowed {limits.p95_seconds * 1000:.0f} ms",
        )
    ]
    if stable.total:
        allowed = max(limits.p95_factor * stable.quantile(1 - SLOW), limits.p95_floor)
        found.append(
            (
                surely_more(new.above(allowed), new.total, SLOW, level),
                f"p95 {p95 * 1000:.1f} ms beside {stable.quantile(1 - SLOW) * 1000:.1f} ms of the stable side, "
                f"allowed {allowed * 1000:.0f} ms",
            )
        )
    return found


def _shift(new: tuple[int, ...], stable: tuple[int, ...], limits: Limits, level: float) -> list[tuple[bool, str]]:
    if not sum(new) or not sum(stable):
        return []
    moved, p = shift(new, stable)
    told = f"predictions moved by {moved:.3f} (KS, p = {p:.2g}), allowed {limits.shift:g}"
    return [(moved > limits.shift and p < level, told)]


def shift(new: tuple[int, ...], stable: tuple[int, ...]) -> tuple[float, float]:
    """Largest difference of the cumulated shares over the bins, and how often chance alone gives as much."""
    counts = [np.array(one, dtype=np.int64) for one in (stable, new)]
    moved = float(distance(counts[0] / counts[0].sum(), counts[1] / counts[1].sum()))
    return moved, kolmogorov_smirnov(moved, counts[0], counts[1], np.random.default_rng(SEED), DRAWS)


def _tail(count: int, total: int, share: float) -> float:
    """Chance of `count` or more among `total`."""
    k = np.arange(count, total + 1, dtype=np.int64)
    whole = log_factorials(np.array([total], dtype=np.int64))
    ways = whole - log_factorials(k) - log_factorials(total - k)
    return float(np.exp(ways + k * math.log(share) + (total - k) * math.log1p(-share)).sum())
