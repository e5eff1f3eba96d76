"""`mlops runs` on a real server: old runs and their files go, and nothing that a registered version needs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from tests.jobs.support import example, mlops

DAY = 24 * 3600 * 1000


@dataclass
class Old:
    """An experiment of the test with runs of a hundred days ago."""

    client: MlflowClient
    name: str
    home: str

    def run(self, name: str, days: float = 100, parent: str | None = None, tags: Any = None) -> str:
        when = int(time.time() * 1000 - days * DAY)
        known = {**({"mlflow.parentRunId": parent} if parent else {}), **(tags or {})}
        run_id: str = self.client.create_run(self.home, when, known, name).info.run_id
        self.client.log_text(run_id, name, "note.txt")
        self.client.set_terminated(run_id, "FINISHED", when)
        return run_id

    def model(self, run_id: str) -> Any:
        """A logged model with a file, as a training leaves it."""
        model = self.client.create_logged_model(self.home, name="model", source_run_id=run_id)
        Path(urlparse(model.artifact_location).path).mkdir(parents=True)
        (Path(urlparse(model.artifact_location).path) / "MLmodel").write_text("x: 1")
        return self.client.finalize_logged_model(model.model_id, "READY")

    def register(self, name: str, run_id: str) -> None:
        """A version of a model of its own."""
        self.client.create_registered_model(name)
        self.version(name, run_id)

    def version(self, name: str, run_id: str) -> Any:
        """Its files are the run's, as a local server demands."""
        return self.client.create_model_version(name, self.client.get_run(run_id).info.artifact_uri, run_id)

    def alive(self) -> set[str]:
        return {run.info.run_id for run in self.client.search_runs([self.home])}

    def known(self) -> set[str]:
        return {run.info.run_id for run in self.client.search_runs([self.home], run_view_type=ViewType.ALL)}

    @property
    def database(self) -> str:
        """Of the server, which keeps it beside the artifacts."""
        return f"sqlite:///{Path(urlparse(self.client.get_experiment(self.home).artifact_location).path).parents[1]}/mlflow.db"

    def files(self, run_id: str) -> list[str]:
        folder = Path(urlparse(self.client.get_experiment(self.home).artifact_location).path) / run_id
        return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def old(tracking: str, request: pytest.FixtureRequest) -> Old:
    client = MlflowClient(tracking)
    name = request.node.name
    return Old(client, name, client.create_experiment(name))


def pruned(old: Old, *arguments: str) -> Any:
    said = mlops("runs", "prune", "--experiment", old.name, "--json", *arguments)
    assert said.code == 0, said.err
    return said.json


def test_without_apply_it_is_only_shown(old: Old) -> None:
    run = old.run("first")
    young = old.run("second", days=80)
    assert pruned(old) == {"applied": False, "wouldDelete": [run], "stays": {}, "gc": None}
    assert old.alive() == {run, young}
    said = example("runs prune")
    assert said.code == 0, said.err
    assert "runs would go; nothing was changed" in said.out
    going = [line.split()[0] for line in said.out.splitlines() if line.endswith("would go")]
    assert run in going
    assert young not in going


def test_old_runs_go_with_their_models_and_what_must_stay_stays(old: Old) -> None:
    parent = old.run("parent")
    registered = old.run("registered", parent=parent)
    by_model = old.run("by model")
    kept = old.run("kept", tags={"mlops.keep": "true"})
    gone = old.run("gone", parent=parent)
    thrown = old.model(gone)
    client, model = old.client, old.model(by_model)
    old.register("pruned", registered)
    client.create_model_version("pruned", source=model.artifact_location, model_id=model.model_id)
    said = pruned(old, "--apply")
    assert said["deleted"] == [gone]
    assert set(said["stays"]) == {parent, registered, by_model, kept}
    assert old.alive() == {parent, registered, by_model, kept}
    assert [model.model_id for model in client.search_logged_models([old.home])] != [thrown.model_id]
    assert len(client.search_logged_models([old.home])) == 1
    entry = mlops("audit", "list", "--action", "runs.pruned", "--json").json[-1]
    assert (entry["subject"], entry["facts"]["runs"]) == (old.name, [gone])
    assert pruned(old, "--apply")["deleted"] == []
    assert mlops("audit", "list", "--action", "runs.pruned", "--json").json[-1]["seq"] == entry["seq"]


def test_an_interrupted_prune_is_ended_by_the_next(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = {old.run("a"), old.run("b")}
    models = [old.model(run) for run in sorted(runs)]
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "delete_run", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert mlops("runs", "prune", "--experiment", old.name, "--apply").code == 130
    assert old.alive() == runs
    assert set(pruned(old, "--apply")["deleted"]) == runs
    assert old.client.search_logged_models([old.home]) == []
    assert len(models) == 2


def test_a_version_registered_while_it_prunes_keeps_its_run(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    run = old.run("late")
    old.client.create_registered_model("late")
    find = "jobs.runs.prune.behind"
    monkeypatch.setattr(find, lambda *_: set() if old.version("late", run) else None)
    said = mlops("runs", "prune", "--experiment", old.name, "--apply")
    assert f"{run} late: stays, a version was registered from it just now" in said.out
    assert old.alive() == {run}


def test_what_was_deleted_is_taken_out_of_database_and_store(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", old.database)
    gone, needed, alive = old.run("gone"), old.run("needed"), old.run("alive", days=1)
    thrown = old.model(gone)
    old.register("needed", needed)
    for run in (gone, needed):
        old.client.delete_run(run)
    old.client.delete_logged_model(thrown.model_id)
    assert example("runs gc").out.splitlines()[0] == "0 runs, 0 models, 0 experiments would be taken out for good"
    shown = mlops("runs", "gc", "--older-than", "0d", "--json").json
    assert gone in shown["runs"]
    assert old.files(gone) == ["note.txt"]

    said = mlops("runs", "prune", "--experiment", old.name, "--gc", "0d", "--apply", "--json")
    assert said.code == 0, said.err
    assert gone in said.json["gc"]["runs"]
    assert thrown.model_id in said.json["gc"]["models"]
    assert needed in said.json["gc"]["spared"]
    assert old.known() == {needed, alive}
    assert old.files(gone) == []
    assert old.files(needed) == old.files(alive) == ["note.txt"]
    assert not Path(urlparse(thrown.artifact_location).path).joinpath("MLmodel").exists()


def test_a_deleted_experiment_with_a_run_that_a_version_needs_is_spared(
    old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", old.database)
    run = old.run("needed")
    old.register("spared", run)
    old.client.delete_experiment(old.home)
    said = mlops("runs", "gc", "--older-than", "0d", "--apply", "--json").json
    assert {run, old.home} <= set(said["spared"])
    assert old.home not in said["experiments"]
    assert old.client.get_experiment(old.home).lifecycle_stage == "deleted"
    assert old.files(run) == ["note.txt"]


@pytest.mark.usefixtures("tracking")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("prune", "--older-than", "90"), 2, "no age"),
        (("prune", "--experiment", "nowhere"), 1, "the experiment does not exist"),
        (("prune", "--gc", "1d"), 2, "needs the database of MLflow"),
        (("gc",), 2, "needs the database of MLflow"),
        (("compare", "a"), 2, "nothing to compare"),
        (("compare", "a", "a"), 2, "nothing to compare"),
        (("compare", "0" * 32, "1" * 32), 1, "the run does not exist"),
        (("compare", "nobody@champion", "x"), 1, "the model does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused_and_told(arguments: tuple[str, ...], code: int, words: str) -> None:
    said = mlops("runs", *arguments)
    assert (said.code, words in said.err) == (code, True), said.err


@pytest.mark.usefixtures("registry")
def test_two_versions_are_compared_in_what_differs() -> None:
    said = example("runs compare")
    assert said.code == 0, said.err
    found = mlops("runs", "compare", "churn-classifier@champion", "churn-classifier/2", "--json").json
    assert found["params"]["kind"] == ["xgboost", "logistic_regression"]
    assert "seed" not in found["params"]
    assert all(a != b for a, b in found["metrics"].values())
    assert "mlflow.log-model.history" not in found["tags"]
    everything = mlops("runs", "compare", "churn-classifier@champion", "churn-classifier/2", "--all", "--json").json
    assert len(set(everything["params"]["seed"])) == 1
