from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from jobs.bundle.digest import BUNDLE_TAG
from tests.jobs.support import CONFIG, example, free_port, mlops

MODEL = "churn-classifier"
FORCED = ("--force", "--reason", "the test says so")


def shown(which: str = "@champion") -> Any:
    return mlops("models", "show", MODEL, which, "--json").json


def state() -> Any:
    return mlops("models", "list", MODEL, "--json").json


def copied(registry: str, name: str) -> str:
    """A new version whose artifacts a test may change. MLflow takes sources inside the model's own folder only."""
    client = MlflowClient(registry)
    first = client.get_model_version(MODEL, "1")
    location = Path(client.get_model_version_download_uri(MODEL, "1").removeprefix("file://"))
    copy = location / name
    shutil.copytree(location / "artifacts", copy / "artifacts")
    assert first.run_id
    outputs = client.get_run(first.run_id).outputs
    assert outputs
    model = client.get_logged_model(outputs.model_outputs[-1].model_id)
    created = client.create_model_version(
        MODEL, copy.as_uri(), run_id=first.run_id, tags=first.tags, model_id=model.model_id
    )
    return str(created.version)


@pytest.fixture
def spare_version(registry: str, request: pytest.FixtureRequest) -> Iterator[tuple[str, Path]]:
    """A version of its own for a test, removed afterwards, and the folder of its bundle."""
    client = MlflowClient(registry)
    version = copied(registry, request.node.name)
    location = Path(client.get_model_version_download_uri(MODEL, version).removeprefix("file://"))
    yield version, location / "artifacts" / "bundle"
    client.delete_model_version(MODEL, version)


@pytest.mark.usefixtures("registry")
def test_register_takes_the_run_that_training_chose_and_tags_digests_and_versions() -> None:
    version = shown("1")
    assert version["tags"]["mlops.library.xgboost-cpu"] == "3.2.0"
    assert len(version["tags"][BUNDLE_TAG]) == len(version["tags"]["mlops.data_sha256"]) == 64
    assert version["tags"][BUNDLE_TAG] != shown("2")["tags"][BUNDLE_TAG]


@pytest.mark.usefixtures("registry")
def test_registering_the_same_run_again_makes_no_second_version() -> None:
    before = state()
    assert mlops("models", "register", MODEL, "--json").json["version"] == "1"
    assert state() == before


def trainings(tracking: str, experiment: str) -> tuple[str, str]:
    """An old training whose candidate has the best metric, a newer one, and one that failed → the two candidates."""
    client = MlflowClient(tracking)
    place = client.create_experiment(experiment)
    candidates: list[str] = []
    for start, metric, status in ((1000, 0.9, "FINISHED"), (2000, 0.8, "FINISHED"), (3000, 0.7, "FAILED")):
        parent = client.create_run(place, start_time=start, tags={"mlops.role": "experiment"}).info.run_id
        child = client.create_run(place, start_time=start, tags={"mlops.role": "candidate"}).info.run_id
        client.log_metric(child, "valid_roc_auc", metric)
        client.set_tag(parent, "mlops.best_run", child)
        for run in (child, parent):
            client.set_terminated(run, status)
        candidates.append(child)
    return candidates[0], candidates[1]


def test_register_takes_the_newest_finished_training_and_a_metric_only_when_told(tracking: str) -> None:
    old, new = trainings(tracking, "ranked")
    # Neither run has a bundle, so the refusal names the run that was taken.
    assert new in mlops("models", "register", "ranked").err
    assert old in mlops("models", "register", "ranked", "--metric", "valid_roc_auc").err
    assert old in mlops("models", "register", "ranked", "--run-id", old).err
    both = mlops("models", "register", "ranked", "--run-id", old, "--metric", "valid_roc_auc")
    assert (both.code, "--run-id and --metric" in both.err) == (2, True)


def test_a_run_keeps_params_metrics_tags_and_its_config(registry: str) -> None:
    client = MlflowClient(registry)
    run = client.get_run(shown("1")["run_id"])
    parent = client.get_run(run.data.tags["mlflow.parentRunId"])
    assert run.info.status == parent.info.status == "FINISHED"
    assert run.data.params["trees"] == "250"
    assert {"valid_roc_auc", "test_brier", "test_cost"} <= run.data.metrics.keys()
    assert parent.data.tags["mlops.best_run"] == run.info.run_id
    config = client.download_artifacts(parent.info.run_id, "config.yaml")
    assert Path(config).read_text() == CONFIG.read_text()


@pytest.mark.usefixtures("registry")
def test_the_examples_promote_what_is_champion_already_and_roll_back() -> None:
    assert "version 1" in example("models promote").out
    mlops("models", "promote", MODEL, "--version", "2", "--force", "--reason", "to roll it back")
    assert example("models rollback").code == 0
    assert shown()["version"] == "1"


@pytest.mark.usefixtures("registry")
def test_promote_moves_the_alias_and_rollback_moves_it_back() -> None:
    moved = mlops("models", "promote", MODEL, "--version", "2", *FORCED, "--json").json
    assert (moved["now"]["version"], moved["before"]) == ("2", "1")
    assert shown()["version"] == "2"
    back = mlops("models", "rollback", MODEL, "--json").json
    assert (back["now"]["version"], back["before"]) == ("1", "2")
    assert shown()["version"] == "1"


@pytest.mark.usefixtures("registry")
def test_the_examples_work_as_shown() -> None:
    assert f"{MODEL} version 1 is run" in example("models register").out
    assert example("models list").out.splitlines()[0].split() == ["version", "aliases", "created", "bundle", "run"]
    assert "mlops.bundle_sha256" in example("models show").out
    assert f"{MODEL}@champion is version 1" in example("models promote").out
    assert mlops("models", "promote", MODEL, "--version", "2", *FORCED).code == 0
    assert f"{MODEL}@champion is version 1" in example("models rollback").out
    facts = mlops("audit", "list", "--action", "alias.moved", "--json").json[-1]["facts"]
    assert (facts["from"], facts["to"], facts["reason"]) == ("2", "1", "complaints since noon")


@pytest.mark.usefixtures("registry")
def test_a_second_rollback_is_refused_and_the_champion_stays() -> None:
    mlops("models", "promote", MODEL, "--version", "2", *FORCED)
    assert mlops("models", "rollback", MODEL).code == 0
    before = state()
    again = mlops("models", "rollback", MODEL)
    assert again.code == 1
    assert "nothing to roll back to: the last move of champion was a rollback to 1" in again.err
    assert "promote a version by number: ['2', '1']" in again.err
    assert state() == before
    mlops("models", "promote", MODEL, "--version", "2", *FORCED)
    assert mlops("models", "rollback", MODEL, "--json").json["now"]["version"] == "1"


def test_a_version_that_is_refused_leaves_no_empty_model(registry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MlflowException("the source is not allowed")

    run = shown("1")["run_id"]
    before = state()
    monkeypatch.setattr(MlflowClient, "create_model_version", refuse)
    said = mlops("models", "register", "half", "--run-id", run)
    assert (said.code, "the source is not allowed" in said.err) == (1, True)
    assert "half" not in {model.name for model in MlflowClient(registry).search_registered_models()}
    assert state() == before


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("which", ["999", "@nobody", "0", "x' or name != 'y"])
def test_a_version_that_does_not_exist_is_refused_and_nothing_changes(which: str) -> None:
    before = state()
    said = mlops("models", "promote", MODEL, "--version", which)
    assert said.code == 1
    assert which in said.err
    assert "'1', '@champion'" in said.err or "'1'" in said.err
    assert state() == before


@pytest.mark.usefixtures("registry")
def test_a_model_run_experiment_or_metric_that_does_not_exist_is_refused_with_what_exists() -> None:
    before = state()
    for arguments, words in (
        (("promote", "nothing", "--version", "1"), "churn-classifier"),
        (("register", MODEL, "--run-id", "0" * 32), "the run does not exist"),
        (("register", MODEL, "--experiment", "nothing"), "churn-classifier"),
        (("register", MODEL, "--metric", "test_luck"), "test_roc_auc"),
        (("rollback", MODEL, "--alias", "challenger"), "never promoted"),
    ):
        said = mlops("models", *arguments)
        assert said.code == 1, said
        assert words in said.err
    assert state() == before


def test_a_digest_that_does_not_match_is_refused_and_the_champion_stays(spare_version: tuple[str, Path]) -> None:
    version, bundle = spare_version
    (bundle / "bundle.json").write_bytes((bundle / "bundle.json").read_bytes() + b" ")
    said = mlops("models", "promote", MODEL, "--version", version)
    assert said.code == 1
    assert "digest of the bundle does not match" in said.err
    assert shown()["version"] == "1"


def test_artifacts_that_are_gone_are_refused_and_the_champion_stays(spare_version: tuple[str, Path]) -> None:
    version, bundle = spare_version
    (bundle / "model.onnx").unlink()
    said = mlops("models", "promote", MODEL, "--version", version)
    assert said.code == 1
    assert "model.onnx" in said.err
    assert shown()["version"] == "1"


def test_a_version_without_a_digest_is_refused(registry: str, spare_version: tuple[str, Path]) -> None:
    MlflowClient(registry).delete_model_version_tag(MODEL, spare_version[0], BUNDLE_TAG)
    said = mlops("models", "promote", MODEL, "--version", spare_version[0])
    assert said.code == 1
    assert BUNDLE_TAG in said.err


def test_tracking_that_is_down_is_told_and_exits_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for arguments in (("models", "list", MODEL), ("train", "run", str(CONFIG))):
        said = mlops(*arguments)
        assert said.code == 1
        assert "does not answer" in said.err


def test_a_store_that_is_down_fails_the_run_and_registers_nothing(
    tracking: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client = MlflowClient(tracking)
    client.create_experiment("store-is-down", artifact_location="s3://nowhere/artifacts")
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.read_text().replace("experiment: churn-classifier", "experiment: store-is-down"))
    said = mlops("train", "run", str(config))
    assert said.code == 1
    assert "does not answer" in said.err
    experiment = client.get_experiment_by_name("store-is-down")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert {run.info.status for run in runs} == {"FAILED"}
    assert mlops("models", "register", "store-is-down").code == 1
    assert mlops("models", "list", "store-is-down").code == 1


def test_without_any_address_the_command_says_what_to_set() -> None:
    said = mlops("models", "list")
    assert said.code == 2
    assert "MLFLOW_TRACKING_URI" in said.err
