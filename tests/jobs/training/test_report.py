from __future__ import annotations

import json
import struct
import sys

import pytest

from jobs.bundle.scorer import load_scorer
from jobs.datasets.table import Table
from jobs.training.config import Experiment
from jobs.training.experiment import Trained
from jobs.training.importance import importances
from jobs.training.report import report
from jobs.training.split import split_rows

FILES = {f"plots/{name}.png" for name in ("roc", "precision_recall", "calibration", "importance")} | {"importance.json"}


@pytest.fixture(scope="module")
def drawn(experiment: Experiment, telco: Table, trained: list[Trained]) -> dict[str, bytes]:
    return dict(report(experiment, telco, trained[-1]))


def test_the_report_has_four_pictures_and_the_importances(drawn: dict[str, bytes]) -> None:
    assert set(drawn) == FILES
    for name in FILES - {"importance.json"}:
        assert drawn[name].startswith(b"\x89PNG\r\n")
        width, height = struct.unpack(">II", drawn[name][16:24])
        assert min(width, height) >= 500


def test_the_same_model_gives_the_same_pictures_and_none_stays_in_memory(
    experiment: Experiment, telco: Table, trained: list[Trained], drawn: dict[str, bytes]
) -> None:
    assert dict(report(experiment, telco, trained[-1])) == drawn
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        assert pyplot.get_fignums() == []


def test_what_decides_about_churn_is_at_the_top_and_chance_at_the_bottom(drawn: dict[str, bytes]) -> None:
    told = json.loads(drawn["importance.json"])
    losses = {one["name"]: one["loss"] for one in told["features"]}
    assert list(losses)[:2] in (["tenure", "contract"], ["contract", "tenure"])
    assert losses["contract"] > 0.05
    assert abs(losses["female"]) < 0.01
    assert list(losses.values()) == sorted(losses.values(), reverse=True)


def test_a_metric_that_is_better_low_has_importances_of_the_same_sign(
    experiment: Experiment, telco: Table, trained: list[Trained]
) -> None:
    rows = split_rows(telco.target, experiment.split.valid, experiment.split.test, experiment.seed).test
    scorer = load_scorer(trained[-1].folder)
    matrix = scorer.encoder.columns(telco.take(rows).columns)
    found = importances(scorer, matrix, telco.target[rows], "log_loss", experiment.costs, seed=1)
    assert {one.feature for one in found} == set(telco.schema.names())
    assert {found[0].feature, found[1].feature} == {"tenure", "contract"}
    assert found[0].loss > 0.02


@pytest.mark.usefixtures("registry")
def test_a_recorded_candidate_carries_its_report_and_intervals() -> None:
    from mlflow import MlflowClient

    client = MlflowClient()
    version = client.get_model_version("churn-classifier", "1")
    assert version.run_id
    run = client.get_run(version.run_id)
    found = {file.path for folder in (None, "plots") for file in client.list_artifacts(run.info.run_id, folder)}
    assert found >= FILES
    metrics = run.data.metrics
    assert metrics["test_roc_auc_low"] < metrics["test_roc_auc"] < metrics["test_roc_auc_high"]
    assert metrics["cv_roc_auc_deviation"] > 0
    assert (run.data.params["calibration"], run.data.params["folds"]) == ("sigmoid", "5")
