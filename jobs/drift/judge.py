"""Measured features → verdicts: `drift`, `stable` or `inconclusive`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.drift.config import DriftConfig, FeatureRule
from jobs.drift.correction import adjusted
from jobs.drift.measure import Measured, Test
from jobs.drift.repeats import Repeats

DRIFT, STABLE, INCONCLUSIVE = "drift", "stable", "inconclusive"


def rule_of(config: DriftConfig, measured: Measured) -> tuple[str, float]:
    """The test that decides on a feature, and the effect it needs."""
    rule = config.features.get(measured.feature, FeatureRule())
    usual = config.numeric if measured.kind == "numeric" else config.categorical
    return rule.test or usual, config.minimum_effect if rule.minimum_effect is None else rule.minimum_effect


def reasons_of(rows: int, repeats: Repeats, usual: Repeats, config: DriftConfig) -> list[str]:
    """Why the whole window can decide nothing; empty when it can."""
    reasons = []
    if rows < config.minimum_rows:
        reasons.append(f"{rows} rows are too few; at least {config.minimum_rows} are needed")
    if repeats.share > usual.share + config.maximum_repeats:
        reasons.append(
            f"{repeats.share:.0%} of the rows are copies of other rows ({repeats.distinct} different among "
            f"{repeats.rows}), in the reference {usual.share:.0%}"
        )
    return reasons


def judge(
    measured: Sequence[Measured], further: Mapping[str, Sequence[Test]], reasons: Sequence[str], config: DriftConfig
) -> dict[str, Any]:
    """All tests are one family. `further`: tests of predictions, performance and labels, by part.

    → `verdict`, `drifted`, `features` (as reported, worst first) and each part's tests under its name.
    """
    asked: list[tuple[int | str, Test, float]] = []
    for place, one in enumerate(measured):
        if one.reason is None:
            name, least = rule_of(config, one)
            asked += [(place, test, least) for test in one.tests(name)]
    asked += [(part, test, config.minimum_effect) for part, tests in further.items() for test in tests]
    outcomes: dict[int | str, list[dict[str, Any]]] = {}
    for (owner, test, least), p in zip(asked, adjusted([one[1].p for one in asked], config.correction), strict=True):
        found = not reasons and p <= config.alpha and test.effect >= least
        outcomes.setdefault(owner, []).append(
            {"test": test.name, "p": test.p, "adjusted": p, "effect": round(test.effect, 6), "drifted": found}
        )
    features = []
    for place, one in enumerate(measured):
        tests = outcomes.get(place, [])
        drifted = any(test["drifted"] for test in tests)
        undecided = bool(reasons) or one.reason is not None
        verdict = DRIFT if drifted else INCONCLUSIVE if undecided else STABLE
        features.append(
            {**one.to_json(), "verdict": verdict, "drifted": drifted, "reason": one.reason, "tests": tests}
        )  # fmt: skip
    features.sort(key=lambda one: (not one["drifted"], -one["psi"]))
    parts = {
        part: {"drifted": any(test["drifted"] for test in outcomes.get(part, [])), "tests": outcomes.get(part, [])}
        for part in further
    }
    drifted = any(one["drifted"] for one in [*features, *parts.values()])
    undecided = bool(reasons) or any(one["verdict"] == INCONCLUSIVE for one in features)
    return {
        "verdict": DRIFT if drifted else INCONCLUSIVE if undecided else STABLE,
        "drifted": drifted,
        "reasons": [*reasons, *(f"{one['feature']}: {one['reason']}" for one in features if one["reason"])],
        "features": features,
        **parts,
    }
