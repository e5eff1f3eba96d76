"""Workers that share a training: on a real MLflow server, at once, ended in the middle, begun again."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow import MlflowClient

from jobs.datasets.table import Table
from jobs.errors import TrainingError
from jobs.training import worker
from jobs.training.board import GROUP_TAG, Board
from jobs.training.config import Experiment
from jobs.training.experiment import Trained
from jobs.training.place import Place, group_of
from jobs.training.runs import close_left_behind, experiment_id_of, open_run
from jobs.training.units import Unit
from jobs.training.worker import work
from tests.jobs.support import CONFIG, ROOT, example, mlops, running

pytestmark = pytest.mark.usefixtures("tracking")


@pytest.fixture(scope="module")
def small(experiment: Experiment) -> Experiment:
    """Two folds of one small candidate."""
    data = experiment.model_dump() | {
        "experiment": "workers",
        "cross_validation": {"folds": 2},
        "calibration": "none",
        "candidates": [{"kind": "xgboost", "name": "x", "trees": 3, "depth": 2}],
    }
    return Experiment.model_validate(data)


@pytest.fixture
def board(telco: Table, request: pytest.FixtureRequest) -> Board:
    """Of a training called like the test."""
    return Board("workers", group_of(request.node.name, "config", telco))


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What a test trains in the shipped experiment goes again: others take its newest training for theirs."""
    client = MlflowClient()
    home = experiment_id_of(client, "churn-classifier")
    before = {run.info.run_id for run in client.search_runs([home])}
    yield
    for run in client.search_runs([home]):
        if run.info.run_id not in before:
            client.delete_run(run.info.run_id)


def begin(small: Experiment, telco: Table, name: str, index: int, said: list[str]) -> str | None:
    recorded = work(small, "config", telco, Place(name, index, 2), said.append)
    return recorded.run_id if recorded else None


@pytest.mark.usefixtures("forgotten")
def test_two_at_once_make_the_models_that_one_makes(
    experiment: Experiment, telco: Table, trained: list[Trained]
) -> None:
    said: list[str] = []
    other = threading.Thread(
        target=work, args=(experiment, CONFIG.read_text(), telco, Place("churn-by-hand", 1, 2), said.append)
    )
    other.start()
    first = example("train work")
    other.join()
    assert first.code == 0, first.err
    done = [line for line in (*said, *first.out.splitlines()) if " s, " in line]
    assert len({line.split()[2] for line in done}) == 10
    assert any(line.startswith("worker 1") for line in done)
    assert said[-1] == "worker 1: nothing left to do"
    for one in trained:
        assert one.digest[:12] in first.out
    again = mlops(
        "train", "work", str(CONFIG), "--index", "0", "--workers", "2", "--name", "churn-by-hand-r1", "--json"
    )
    assert again.json == {"worker": 0}
    assert "recorded already" in again.err


def test_what_a_killed_worker_left_is_done_again_by_it_and_nothing_else_is(
    small: Experiment, telco: Table, board: Board
) -> None:
    name = board.group.rpartition("-")[0]
    with pytest.raises(SystemExit), board.unit(Unit("x", 0), 0):
        raise SystemExit(143)
    client = MlflowClient()
    tags = {"mlops.role": "fold", GROUP_TAG: board.group, "mlops.unit": "x/1", "mlops.worker": "1"}
    left = client.create_run(experiment_id_of(client, "workers"), tags=tags).info.run_id
    said: list[str] = []
    assert begin(small, telco, name, 1, said) is None
    assert [line.split()[2] for line in said[:-1]] == ["x/1", "x/0"]
    assert client.get_run(left).info.status == "KILLED"
    said.clear()
    training = begin(small, telco, name, 0, said)
    assert not any(" s, " in line for line in said)
    folds = client.search_runs([experiment_id_of(client, "workers")], f"tags.`{GROUP_TAG}` = '{board.group}'")
    assert {run.data.tags.get("mlflow.parentRunId") for run in folds if run.info.run_id != training} == {training}


def test_worker_0_takes_what_a_dead_worker_holds(
    small: Experiment, telco: Table, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(worker, "PATIENCE_UNITS", 0)
    client = MlflowClient()
    tags = {"mlops.role": "fold", GROUP_TAG: board.group, "mlops.unit": "x/1", "mlops.worker": "1"}
    client.create_run(experiment_id_of(client, "workers"), tags=tags)
    said: list[str] = []
    assert begin(small, telco, board.group.rpartition("-")[0], 0, said)
    assert [line.split()[2] for line in said if " s, " in line] == ["x/0", "x/1"]


def test_a_fold_that_fails_is_told_and_its_run_says_why(
    small: Experiment, telco: Table, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise TrainingError("no luck")

    monkeypatch.setattr(worker, "fold_probabilities", fails)
    with pytest.raises(TrainingError, match="no luck"):
        begin(small, telco, board.group.rpartition("-")[0], 1, [])
    assert board.begun() == {}
    assert board.done() == {}
    client = MlflowClient()
    (run,) = client.search_runs([experiment_id_of(client, "workers")], f"tags.`{GROUP_TAG}` = '{board.group}'")
    assert (run.info.status, run.data.tags["mlops.failure"]) == ("FAILED", "no luck")


def test_results_of_another_config_or_other_rows_are_never_taken(telco: Table) -> None:
    groups = {
        group_of("a", "config", telco),
        group_of("b", "config", telco),
        group_of("a", "other", telco),
        group_of("a", "config", telco.take(np.arange(100))),
    }
    assert len(groups) == 4


def test_a_result_that_is_no_array_of_ours_is_refused(board: Board, tmp_path: Path) -> None:
    with board.unit(Unit("x", 0), 0) as result:
        (tmp_path / "held.npy").write_text("no array")
        MlflowClient().log_artifact(result.run_id, str(tmp_path / "held.npy"))
    with pytest.raises(TrainingError, match="cannot be read"):
        board.probabilities(board.done()[Unit("x", 0)])


def test_a_training_that_is_ended_leaves_no_run_open(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.read_text().replace("experiment: churn-classifier", "experiment: ended"))
    with running(sys.executable, "-m", "jobs", "train", "run", str(config), env={"PYTHONPATH": str(ROOT)}) as process:
        process.wait_for("fitting")
    assert process.process.returncode == 143
    client = MlflowClient()
    (run,) = client.search_runs([experiment_id_of(client, "ended")])
    assert run.info.status == "KILLED"


def test_a_further_attempt_ends_what_a_killed_one_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    client = MlflowClient()
    experiment = experiment_id_of(client, "left-behind")
    tags = {"mlops.job": "train-x"}
    mine, other = (client.create_run(experiment, tags=one).info.run_id for one in (tags, {"mlops.job": "train-y"}))
    monkeypatch.setenv("MLOPS_JOB", "train-x-r1")
    close_left_behind(client, experiment)
    assert [client.get_run(one).info.status for one in (mine, other)] == ["KILLED", "RUNNING"]
    with open_run(client, experiment, "x"):
        monkeypatch.delenv("MLOPS_JOB")
        close_left_behind(client, experiment)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--workers", "2"), "add --on k8s"),
        (("work", "--index", "2", "--workers", "2", "--name", "x"), "0 to 1"),
        (("work", "--index", "0", "--workers", "2"), "--name"),
    ],
)
def test_workers_that_cannot_be_are_refused(arguments: tuple[str, ...], words: str) -> None:
    said = mlops("train", arguments[0], str(CONFIG), *arguments[1:])
    assert said.code == 2
    assert words in said.err


def test_without_folds_there_is_nothing_to_share(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.read_text().replace("cross_validation:", "# cross_validation:"))
    for arguments in (
        ("run", "--on", "k8s", "--workers", "2"),
        ("work", "--index", "0", "--workers", "2", "--name", "x"),
    ):
        said = mlops("train", arguments[0], str(config), *arguments[1:], "--json")
        assert said.code == 2
        assert "cross_validation" in json.loads(said.out)["change"]
