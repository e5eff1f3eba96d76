"""`mlops tune` from end to end; every example of its help."""

from __future__ import annotations

import csv
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import optuna_dashboard
import pytest
import yaml

from jobs.training.config import Experiment
from jobs.tuning.address import open_storage
from tests.jobs.support import ROOT, example, mlops, running
from tests.support.postgres import Server

PNG = b"\x89PNG"


@pytest.fixture
def here(study_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the small study."""
    monkeypatch.chdir(study_file.parent)
    return study_file.parent


@pytest.fixture
def shipped(here: Path) -> Path:
    """A working folder whose configs are the shipped study and the small one's experiment, under the shipped names."""
    configs = here / "configs"
    configs.mkdir()
    study = yaml.safe_load((ROOT / "configs" / "optuna_study.yaml").read_text())
    quick = {"kind": "int", "low": 2, "high": 8}
    study["space"] = [{"kind": "xgboost", "parameters": {"trees": quick, "depth": {**quick, "high": 3}}}]
    (configs / "optuna_study.yaml").write_text(yaml.safe_dump(study))
    (configs / "churn-experiment.yaml").write_text((here / "experiment.yaml").read_text())
    return here


def test_every_example_works_one_after_the_other(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "created on sqlite:///studies.db" in example("tune create").out
    assert "exists" in example("tune create").out
    ran = example("tune run")
    assert ran.code == 0, ran.err
    assert "4/4" in ran.out
    told = example("tune status")
    assert "churn-xgboost" in told.out
    assert mlops("tune", "status", "churn-xgboost", "--json").json["sampler"] == "tpe"
    found = example("tune best").json
    assert found["study"] == "churn-xgboost"
    experiment = yaml.safe_load((shipped / "experiment.yaml").read_text())
    assert Experiment.model_validate({**experiment, "candidates": [found["candidate"]]}).candidates[0].kind == "xgboost"
    assert example("tune trials").out == "4 trials in trials.csv\n"
    rows = list(csv.DictReader((shipped / "trials.csv").open()))
    assert [row["number"] for row in rows] == ["0", "1", "2", "3"]
    assert {row["state"] for row in rows} <= {"complete", "pruned"}
    assert all(2 <= int(row["xgboost.depth"]) <= 3 for row in rows)
    written = [Path(line) for line in example("tune plot").out.split()]
    assert {path.name for path in written} >= {"history.png", "slices.png"}
    assert all(path.read_bytes().startswith(PNG) for path in written)
    assert example("tune sampler").out == "study churn-xgboost: sampler random\n"
    assert mlops("tune", "sampler", "churn-xgboost").out == "study churn-xgboost: sampler random\n"
    served: list[dict[str, Any]] = []
    monkeypatch.setattr("optuna_dashboard.run_server", lambda _storage, **address: served.append(address))
    assert example("tune dashboard").code == 0
    assert served == [{"host": "127.0.0.1", "port": 8082}]


@pytest.mark.usefixtures("here")
def test_two_workers_share_a_study_although_one_is_killed_and_a_second_run_adds_nothing(
    url: str, studies: Server
) -> None:
    again = ["tune", "run", "study.yaml", "--trials", "60", "--workers", "2", "--storage", url, "--json"]
    killed: list[int] = []

    def kill_one() -> None:
        studies.wait_for("SELECT 1 FROM trials WHERE state = 'COMPLETE'", seconds=120)
        killed.append(int(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()[-1]))
        os.kill(killed[0], signal.SIGKILL)

    assert mlops("tune", "create", "study.yaml", "--storage", url).code == 0
    killer = threading.Thread(target=kill_one)
    killer.start()
    ran = mlops(*again)
    killer.join()
    assert ran.code == 0, ran.err
    assert (ran.json["complete"], ran.json["running"], ran.json["waiting"]) == (60, 0, 0)
    assert ran.json["lost"] <= len(killed) == 1
    assert ran.json["best"]["metric"] == "roc_auc"
    assert "[########################] 60/60  best roc_auc" in ran.err
    assert mlops(*again).json["finished"] == 60


@pytest.mark.usefixtures("here")
def test_sigterm_finishes_the_trial_that_runs_and_the_same_command_goes_on() -> None:
    command = [sys.executable, "-m", "jobs", "tune", "run", "study.yaml"]
    with running(*command, "--trials", "5000", env={"PYTHONPATH": str(ROOT)}) as worker:
        worker.wait_for("trials/s  about")
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(30) == 0
        worker.wait_for("stopped; finished trials are kept")
    told = mlops("tune", "status", "small", "--json").json
    assert told["complete"] > 0
    assert told["running"] == told["lost"] == told["failed"] == 0
    more = mlops("tune", "run", "study.yaml", "--trials", str(told["complete"] + 2), "--json").json
    assert more["complete"] == told["complete"] + 2


@pytest.mark.usefixtures("here")
def test_the_dashboard_shows_the_studies_of_our_storage(url: str) -> None:
    assert mlops("tune", "run", "study.yaml", "--trials", "2", "--storage", url).code == 0
    shown = httpx.WSGITransport(optuna_dashboard.wsgi(open_storage(url)))
    with httpx.Client(transport=shown, base_url="http://dashboard") as client:
        listed = client.get("/api/studies").json()["study_summaries"]
        assert [study["study_name"] for study in listed] == ["small"]
        detail = client.get(f"/api/studies/{listed[0]['study_id']}").json()
        assert [trial["state"] for trial in detail["trials"]] == ["Complete", "Complete"]


def test_a_study_that_searches_something_else_needs_another_name(here: Path) -> None:
    assert mlops("tune", "create", "study.yaml").code == 0
    study = yaml.safe_load((here / "study.yaml").read_text())
    (here / "study.yaml").write_text(yaml.safe_dump({**study, "trials": 9, "sampler": "tpe"}))
    assert mlops("tune", "create", "study.yaml").code == 0
    (here / "study.yaml").write_text(yaml.safe_dump({**study, "folds": 5}))
    refused = mlops("tune", "run", "study.yaml")
    assert refused.code == 1
    assert "folds: 2 there, 5 given" in refused.err


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (["tune", "status"], 2, "there is no such file of studies"),
        (["tune", "best", "small"], 2, "there is no such file of studies"),
        (["tune", "sampler", "small", "genius"], 2, "genius"),
        (["tune", "run", "nothing.yaml"], 2, "cannot be read"),
        (["tune", "run", "study.yaml", "--trials", "0"], 2, "trials"),
        (["tune", "run", "study.yaml", "--workers", "2"], 2, "SQLite is for one worker"),
        (["tune", "create", "study.yaml", "--storage", "sqlite:////nowhere/at/all.db"], 2, "cannot be opened"),
        (["tune", "status", "--storage", "redis://x"], 2, "no address of studies"),
        (["tune", "run", "study.yaml", "--on", "k8s"], 2, "the Job's pod cannot read it"),
    ],
)
def test_what_cannot_be_is_refused(here: Path, command: list[str], code: int, words: str) -> None:
    refused = mlops(*command)
    assert refused.code == code, refused.err
    assert words in refused.err
    assert not {path.name for path in here.iterdir()} & {"plots", "studies.db"}


@pytest.mark.usefixtures("here")
def test_a_name_that_is_not_there_is_told_with_those_that_are() -> None:
    assert mlops("tune", "create", "study.yaml").code == 0
    for command in ("status", "best", "trials", "plot", "sampler"):
        refused = mlops("tune", command, "nobody")
        assert refused.code == 1
        assert "this study does not exist" in refused.err
        assert "allowed: small" in refused.err


def test_an_empty_database_says_where_it_looked(url: str) -> None:
    assert mlops("tune", "status", "--storage", url).out == f"no studies on {url}\n"


def test_a_study_without_a_complete_trial_has_no_best_and_no_plot(here: Path) -> None:
    mlops("tune", "create", "study.yaml")
    assert "no complete trial" in mlops("tune", "best", "small").err
    assert "nothing to plot" in mlops("tune", "plot", "small").err
    assert mlops("tune", "trials", "small").out.startswith("number,state,value")
    assert not (here / "plots").exists()


def test_a_place_that_cannot_be_written_is_told_and_no_traceback(here: Path) -> None:
    (here / "file").write_text("")
    assert mlops("tune", "run", "study.yaml", "--trials", "1").code == 0
    for arguments in (("trials", "small", "--csv", "file/trials.csv"), ("plot", "small", "--folder", "file")):
        refused = mlops("tune", *arguments)
        assert (refused.code, "cannot be written" in refused.err) == (2, True)
    assert mlops("tune", "trials", "small", "--csv", "new/trials.csv").code == 0


def test_data_that_does_not_fit_leaves_no_trial(here: Path) -> None:
    (here / "rows.csv").write_text("size,bought\n1,yes\n2,no\n")
    refused = mlops("tune", "run", "study.yaml")
    assert refused.code == 1
    assert "calls" in refused.err
    assert json.loads(mlops("tune", "status", "small", "--json").out)["running"] == 0
