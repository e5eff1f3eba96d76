"""A window against a reference → the report (docs/drift.md describes it). Pure."""

from __future__ import annotations

from typing import Any

import numpy as np

from jobs.drift import chance
from jobs.drift.config import DriftConfig, FeatureRule
from jobs.drift.counts import NumberCounts, count_numbers
from jobs.drift.judge import judge, reasons_of
from jobs.drift.measure import Measured, Test, measure_categories, measure_numbers
from jobs.drift.numbers import Floats, Numbers
from jobs.drift.performance import Performance, performance_of
from jobs.drift.reference import Reference
from jobs.drift.repeats import repeats_of
from jobs.drift.window import UNKNOWN, Window

FORMAT = 1
# Simulated p-values must be able to come below the level after correction, and need not take forever.
DRAWS = (2_000, 200_000)


def drift_report(
    reference: Reference, window: Window, config: DriftConfig, probabilities: Floats | None = None
) -> dict[str, Any]:
    """`probabilities` of the window's sample, if it was scored (NaN: a row that cannot be); labels count where known.

    `threshold` is the level, for readers of events.
    """
    limit = int(np.clip(6 * (len(reference.features) + 2) / config.alpha, *DRAWS))
    measured = [
        measure(name, reference, window, config.seed, limit)
        for name in reference.features
        if not config.features.get(name, FeatureRule()).ignore
    ]
    further: dict[str, list[Test]] = {}
    parts: dict[str, dict[str, Any]] = {}
    scored = np.zeros(0) if probabilities is None else probabilities[~np.isnan(probabilities)]
    if config.prediction and reference.prediction is not None and len(scored) >= config.minimum_rows:
        known = reference.prediction
        predicted = measure_numbers("prediction", known, count_numbers(known, scored), config.seed, limit)
        further["prediction"] = list(predicted.tests(config.numeric))
        parts["prediction"] = {key: value for key, value in predicted.to_json().items() if key != "feature"}
    if probabilities is not None and config.performance and reference.performance is not None:
        now = _performance(window, probabilities, config.minimum_rows)
        if now is not None:
            further["performance"] = _worse(reference.performance, now)
            parts["performance"] = {"reference": reference.performance.to_json(), "current": now.to_json()}
            further["label"] = _labels(reference.performance, now)
            parts["label"] = {"reference": _share(reference.performance), "current": _share(now)}
    repeats = repeats_of(window.sample)
    said = judge(measured, further, reasons_of(window.rows, repeats, reference.repeats, config), config)
    return {
        "format": FORMAT,
        "rows": window.rows,
        "referenceRows": reference.rows,
        "scoredRows": len(scored),
        "alpha": config.alpha,
        "correction": config.correction,
        "threshold": config.alpha,
        "moved": sum(one["drifted"] for one in said["features"]),
        "checked": len(measured),
        **said,
        **{name: {**said[name], **part} for name, part in parts.items()},
    }


def measure(name: str, reference: Reference, window: Window, seed: int, limit: int) -> Measured:
    """One feature. Raises KeyError for a name the reference does not have."""
    known, now = reference.features[name], window.features[name]
    if isinstance(known, Numbers):
        assert isinstance(now, NumberCounts)
        return measure_numbers(name, known, now, seed, limit)
    assert not isinstance(now, NumberCounts)
    return measure_categories(name, known, now, seed, limit)


def _performance(window: Window, probabilities: Floats, least: int) -> Performance | None:
    """None without enough labelled rows of both classes."""
    if window.labels is None:
        return None
    known = (window.labels != UNKNOWN) & ~np.isnan(probabilities)
    labels = window.labels[known]
    positives = int(labels.sum())
    if len(labels) < least or min(positives, len(labels) - positives) < 2:
        return None
    return performance_of(probabilities[known], labels)


def _worse(before: Performance, now: Performance) -> list[Test]:
    """One-sided: a model that became better has not drifted."""
    ranking = now.roc_auc - before.roc_auc
    error = now.brier - before.brier
    return [
        Test(
            "roc_auc", chance.below(ranking, now.roc_auc_variance + before.roc_auc_variance), max(-ranking, 0.0)
        ),
        Test(
            "brier",
            chance.below(-error, now.brier_variance / now.rows + before.brier_variance / before.rows),
            max(error, 0.0),
        ),
    ]  # fmt: skip


def _labels(before: Performance, now: Performance) -> list[Test]:
    p = chance.exact(before.positives, before.rows, now.positives, now.rows)
    return [Test("positives", p, abs(_share(now) - _share(before)))]


def _share(figures: Performance) -> float:
    return figures.positives / figures.rows
