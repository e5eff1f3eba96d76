"""What calibration gives and costs on the Telco table, and how long folds and intervals take; into docs/training.md.

python -m benchmarks.training [--write]
"""

from __future__ import annotations

import argparse
import datetime
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np

from jobs.bundle.scorer import load_scorer
from jobs.config import load
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.training.config import Calibration, CandidateConfig, Experiment, XGBoost
from jobs.training.experiment import train_candidate
from jobs.training.intervals import REPLICATES, intervals
from jobs.training.scoring import prepare, score

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "training.md"
BEGIN, END = "<!-- python -m benchmarks.training --write -->", "<!-- end -->"
# Certain of what it has seen: what calibration is for.
OVERCONFIDENT = XGBoost(kind="xgboost", name="overconfident", trees=200, depth=8, learning_rate=0.3)
ROWS_AT_ONCE, BATCHES = 500, 20


def measure() -> list[str]:
    """Lines of Markdown."""
    experiment = load(Experiment, ROOT / "configs" / "churn-experiment.yaml")
    table = validate(experiment.data.read(), experiment.table, "telco")
    lines = [
        "| candidate | calibration | log-loss | Brier | ROC-AUC (95 %) | ONNX differs by | one row, µs of CPU |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for candidate in (*experiment.candidates, OVERCONFIDENT):
        for kind in get_args(Calibration):
            lines.append(_calibrated(experiment, candidate, kind, table))
    prepared = prepare(experiment, table)
    test = prepared.parts.test
    lines += ["", "| step | s of CPU |", "| --- | --- |"]
    for candidate in experiment.candidates:
        folds = partial(score, candidate, prepared.matrix, prepared.labels, prepared.folds)
        seconds = _cpu(partial(folds, experiment.select, experiment.seed), 5)
        lines.append(f"| score of {candidate.name}, {len(prepared.folds)} folds | {seconds:.2f} |")
    chance = np.random.default_rng(1).random(len(test))
    seconds = _cpu(partial(intervals, prepared.labels[test], chance, 0.5, experiment.costs, 1), 5)
    lines.append(f"| intervals of 7 metrics, {REPLICATES} replicates of {len(test)} rows | {seconds:.2f} |")
    return lines


def _calibrated(experiment: Experiment, candidate: CandidateConfig, kind: Calibration, table: Table) -> str:
    changed = experiment.model_copy(update={"calibration": kind})
    with tempfile.TemporaryDirectory() as folder:
        done = train_candidate(changed, candidate, table, prepare(changed, table), Path(folder), lambda _: None)
        scorer = load_scorer(done.folder, done.digest)
    row = scorer.encoder.columns(table.columns)[:1]

    def predict() -> None:
        for _ in range(ROWS_AT_ONCE):
            scorer.probabilities(row)

    micros = _cpu(predict, BATCHES) / ROWS_AT_ONCE * 1e6
    figures = done.metrics
    area = f"{figures['test_roc_auc']:.3f} ({figures['test_roc_auc_low']:.3f} to {figures['test_roc_auc_high']:.3f})"
    return (
        f"| {candidate.name} | {kind} | {figures['test_log_loss']:.4f} | {figures['test_brier']:.4f} | {area} | "
        f"{done.difference:.1e} | {micros:.0f} |"
    )


def _cpu(run: Callable[[], object], times: int) -> float:
    """Median seconds of CPU of this process, after a first run that is not counted."""
    run()
    found: list[float] = []
    for _ in range(times):
        begin = time.process_time()
        run()
        found.append(time.process_time() - begin)
    return statistics.median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="Put the tables into docs/training.md.")
    arguments = parser.parse_args()
    lines = measure()
    print("\n".join(lines))
    if arguments.write:
        before, rest = DOCUMENT.read_text().split(BEGIN)
        day = datetime.datetime.now(datetime.UTC).date()
        told = f"Measured on {day}, {os.cpu_count()} cores, by `python -m benchmarks.training --write`."
        text = "\n".join([BEGIN, told, "", *lines, END])
        DOCUMENT.write_text(before + text + rest.split(END)[1])


if __name__ == "__main__":
    main()
