"""A new baseline from production data, for the version that serves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jobs.drift.check import Served, predict, window_at
from jobs.drift.config import DriftConfig
from jobs.drift.numbers import numbers_of
from jobs.drift.reference import summarise
from jobs.drift.report import drift_report
from jobs.drift.stored import Baseline, time_now
from jobs.errors import MlopsError


def baseline_of(champion: Served, current: str, config: DriftConfig, reason: str | None) -> Baseline:
    """From at most `scored_rows` rows. Performance stays that of the rows held out from training.

    Raises MlopsError when the rows decide nothing, or have drifted from the training rows and no reason is given for
    taking them all the same: a slow drift must not become its own baseline, one week at a time.
    """
    window = window_at(current, champion, config)
    probabilities = predict(champion.scorer, window.sample)
    report = drift_report(champion.reference, window, config, probabilities)
    if report["verdict"] == "inconclusive":
        raise MlopsError(
            "these rows are no baseline", details=tuple(report["reasons"]), given=current,
            change="give a longer window, or mend the source",
        )  # fmt: skip
    if report["drifted"] and reason is None:
        moved = [one["feature"] for one in report["features"] if one["drifted"]]
        moved += [part for part in ("prediction", "label", "performance") if report.get(part, {}).get("drifted")]
        raise MlopsError(
            f"these rows have drifted from what version {champion.version} was trained on", given=", ".join(moved),
            change="retrain; or take them as they are with --accept REASON",
        )  # fmt: skip
    reference = replace(
        summarise(window.sample),
        prediction=numbers_of(probabilities[~np.isnan(probabilities)]),
        performance=champion.reference.performance,
    )
    return Baseline(champion.model, champion.version, time_now(), current, reason or "", reference)


def reset(champion: Served, reason: str) -> Baseline:
    """The rows that the version was trained on count again."""
    return Baseline(champion.model, champion.version, time_now(), "", reason, None)
