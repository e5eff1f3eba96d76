"""What was trained, as the commands tell it; on a real MLflow server with one training of two candidates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from jobs.bundle.digest import bundle_digest
from jobs.training.runs import experiment_id_of
from tests.jobs.support import Outcome, example, mlops
from tests.support import store as storage

EXPERIMENT = "churn-classifier"

pytestmark = pytest.mark.usefixtures("tracking", "_two_versions")


def latest() -> dict[str, Any]:
    training: dict[str, Any] = mlops("train", "latest", EXPERIMENT, "--json").json
    return training


def test_experiments_are_listed_with_their_newest_training() -> None:
    said = example("train list")
    assert said.code == 0
    assert latest()["run_id"] in next(line for line in said.out.splitlines() if line.startswith(EXPERIMENT))
    assert latest()["run_id"] in mlops("train", "list", EXPERIMENT).out


def test_the_newest_training_tells_its_candidates_and_which_it_chose() -> None:
    training = latest()
    assert [one["name"] for one in training["candidates"]] == ["logistic-regression", "xgboost"]
    chosen = next(one for one in training["candidates"] if one["run_id"] == training["best"])
    said = example("train latest")
    assert said.code == 0
    assert f"{chosen['name']} *" in said.out


def test_the_best_is_what_the_training_s_own_config_selects_by() -> None:
    said = mlops("train", "best", EXPERIMENT, "--json").json
    best = next(one for one in latest()["candidates"] if one["run_id"] == latest()["best"])
    # Another training of the same data and config has the same figures.
    assert said["value"] == best["metrics"][said["metric"]]
    assert said["metric"].endswith("_average_precision")
    values = [one["metrics"][said["metric"]] for one in latest()["candidates"]]
    assert said["value"] == max(values)
    assert said["metric"] in example("train best").out


def test_the_best_by_a_loss_is_the_least() -> None:
    said = mlops("train", "best", EXPERIMENT, "--metric", "test_log_loss", "--json").json
    assert said["value"] == min(one["metrics"]["test_log_loss"] for one in latest()["candidates"])


def test_a_candidate_on_other_data_is_not_the_best_unless_asked_for() -> None:
    client = MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment
    tags = {"mlops.role": "candidate", "mlops.data_sha256": "of easier rows"}
    run = client.create_run(experiment.experiment_id, tags=tags).info.run_id
    client.log_metric(run, "valid_average_precision", 1.0)
    client.log_metric(run, "cv_average_precision", 1.0)
    client.set_terminated(run)
    try:
        assert mlops("train", "best", EXPERIMENT, "--json").json["run_id"] != run
        assert mlops("train", "best", EXPERIMENT, "--any-data", "--json").json["run_id"] == run
    finally:
        client.delete_run(run)


def test_a_failed_training_is_told_with_its_reason_and_exit_1() -> None:
    client = MlflowClient()
    experiment = experiment_id_of(client, "history-failed")
    tags = {"mlops.role": "experiment", "mlops.failure": "the disk is full"}
    client.set_terminated(client.create_run(experiment, tags=tags).info.run_id, "FAILED")
    said = mlops("train", "latest", "history-failed")
    assert said.code == 1
    assert "failed: the disk is full" in said.out
    assert "no finished training" in mlops("train", "best", "history-failed").err


@pytest.mark.parametrize("asked", [("latest",), ("best",), ("list",)])
def test_an_unknown_experiment_is_refused_with_the_known_ones(asked: tuple[str, ...]) -> None:
    said = mlops("train", *asked, "absent")
    assert said.code == 1
    assert "absent" in said.err
    assert EXPERIMENT in said.err


def test_a_metric_that_no_candidate_has_is_refused_with_those_they_have() -> None:
    said = mlops("train", "best", EXPERIMENT, "--metric", "test_beauty")
    assert said.code == 1
    assert "test_roc_auc" in said.err


def test_an_export_has_the_verified_bundle_the_model_and_their_sums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = example("train export")
    assert said.code == 0, said.err
    folder = tmp_path / "exported" / "churn"
    manifest = json.loads((folder / "export.json").read_text())
    assert bundle_digest(folder / "bundle") == manifest["bundleSha256"]
    assert manifest["run"] == latest()["best"]
    assert (folder / "model" / "MLmodel").exists()
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == {*manifest["files"], "export.json"}


def export(target: object) -> Outcome:
    return mlops("train", "export", EXPERIMENT, str(target), "--json")


def test_a_second_export_writes_nothing_and_an_interrupted_one_is_completed(tmp_path: Path) -> None:
    first = export(tmp_path / "x")
    (tmp_path / "x" / "export.json").unlink()
    (tmp_path / "x" / "bundle" / "model.onnx").unlink()
    (tmp_path / "x" / "model" / ".MLmodel.part").write_text("torn")
    second = export(tmp_path / "x")
    assert second.err.startswith("2 of ")
    assert export(tmp_path / "x").err.startswith("0 of ")
    assert first.json == second.json


def test_a_target_with_other_content_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").write_text("mine")
    said = export(tmp_path)
    assert said.code == 1
    assert "bundle/bundle.json" in said.json["given"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["bundle.json"]
    (tmp_path / "file").write_text("")
    assert "no folder" in export(tmp_path / "file").json["error"]


def test_what_is_no_candidate_is_refused(tmp_path: Path) -> None:
    for run, words in (("absent", EXPERIMENT), (latest()["run_id"], "candidate")):
        said = mlops("train", "export", run, str(tmp_path / "x"))
        assert said.code == 1
        assert words in said.err
    assert not (tmp_path / "x").exists()


def test_an_export_to_the_store_is_the_same_and_is_not_overwritten(store: storage.Server, tmp_path: Path) -> None:  # noqa: ARG001
    from jobs.store import list_objects, read_object, write_object

    assert export("s3://features/c/x").json["files"] == export(tmp_path / "x").json["files"]
    found = {url.removeprefix("s3://features/c/x/") for url, _ in list_objects("s3://features/c/x/")}
    written = [path for path in (tmp_path / "x").rglob("*") if path.is_file()]
    assert found == {path.relative_to(tmp_path / "x").as_posix() for path in written}
    assert export("s3://features/c/x").err.startswith("0 of ")
    write_object("s3://features/c/x/bundle/bundle.json", b"mine")
    assert export("s3://features/c/x").code == 1
    assert read_object("s3://features/c/x/bundle/bundle.json") == b"mine"
