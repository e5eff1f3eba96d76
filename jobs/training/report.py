"""What a person looks at before a promotion: the served model's curves on test rows, and its features' importance."""

from __future__ import annotations

import json
from collections.abc import Iterator

from jobs.bundle.scorer import load_scorer
from jobs.datasets.table import Table
from jobs.training import plots
from jobs.training.config import Experiment
from jobs.training.curves import ranking, reliability
from jobs.training.experiment import Trained
from jobs.training.importance import importances
from jobs.training.split import split_rows


def report(experiment: Experiment, table: Table, result: Trained) -> Iterator[tuple[str, bytes]]:
    """Files by path: `plots/….png`, `importance.json`. From the bundle itself, so they show what will be served."""
    rows = split_rows(table.target, experiment.split.valid, experiment.split.test, experiment.seed).test
    scorer = load_scorer(result.folder, result.digest)
    matrix = scorer.encoder.columns(table.take(rows).columns)
    labels, probabilities = table.target[rows], scorer.probabilities(matrix)
    curve = ranking(labels, probabilities)
    name, threshold = result.candidate.name, result.threshold
    yield "plots/roc.png", plots.roc(curve, threshold, f"{name}: ROC-AUC {_figure(result, 'roc_auc')}")
    yield (
        "plots/precision_recall.png",
        plots.precision_recall(
            curve, threshold, float(labels.mean()), f"{name}: average precision {_figure(result, 'average_precision')}"
        ),
    )
    yield (
        "plots/calibration.png",
        plots.calibration(reliability(labels, probabilities), f"{name}: Brier score {_figure(result, 'brier')}"),
    )
    found = importances(scorer, matrix, labels, experiment.select, experiment.costs, experiment.seed)
    yield "plots/importance.png", plots.importance(found, experiment.select, f"{name}: {len(rows)} test rows")
    yield (
        "importance.json",
        json.dumps(
            {
                "metric": experiment.select,
                "rows": len(rows),
                "features": [{"name": one.feature, "loss": one.loss, "deviation": one.deviation} for one in found],
            },
            indent=1,
        ).encode(),
    )


def _figure(result: Trained, metric: str) -> str:
    low, value, high = (result.metrics[f"test_{metric}{end}"] for end in ("_low", "", "_high"))
    return f"{value:.3f} ({low:.3f} to {high:.3f})"
