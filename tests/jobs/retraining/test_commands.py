"""`mlops retrain` on a real registry and store, and a cluster in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.cluster import run
from jobs.store import list_objects
from tests.jobs.cluster.fake import FakeApi
from tests.jobs.retraining.support import MODEL
from tests.jobs.support import ROOT, example, mlops

JOB = f"retrain-{MODEL}-0001"
MONITORING = str(ROOT / "configs" / "monitoring_config.yaml")


@pytest.fixture
def api(registry: str, store: object, monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """The cluster that commands find; the ledger is empty, and the champion is version 1."""
    assert registry
    assert store
    fake = FakeApi()
    monkeypatch.setattr(run, "Api", lambda _: fake)
    return fake


def test_what_was_asked_for_is_started_once_and_ends_on_record(api: FakeApi) -> None:
    assert mlops("data", "pipeline", str(ROOT / "configs" / "churn-data.yaml")).code == 0
    asked = example("retrain request")
    assert (asked.code, "P0 for version 1" in asked.out) == (0, True), asked.err
    waiting = example("retrain status")
    assert (waiting.code, "start     P0        1" in waiting.out) == (0, True), waiting.out
    assert api.made == {}

    first = example("retrain check")
    assert first.code == 0, first.err
    (looked,) = first.json["models"]
    assert (looked["started"], looked["name"], looked["priority"]) == (True, JOB, "P0")
    assert list(api.made) == [JOB]
    (again,) = example("retrain check").json["models"]
    assert (again["kind"], again["started"], list(api.made)) == ("idle", False, [JOB])
    assert mlops("retrain", "status", "--json").json["models"][0]["running"] == [JOB]

    job = api.made[JOB]
    assert job["metadata"]["labels"]["job-type"] == "retraining"
    assert job["spec"]["activeDeadlineSeconds"] == 3600
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["cpu"] == "1"
    # Its champion was trained on the rows of the newest snapshot: the Job says so.
    did = mlops(*container["command"][1:], "--json")
    assert (did.code, did.json["result"]) == (0, "refused"), did.err
    history = example("retrain history")
    assert history.out.splitlines()[1].split()[:1] == [JOB]
    assert "no rows that the champion was not trained on" in history.out
    actions = [one["action"] for one in mlops("audit", "list", "--json").json]
    assert actions[-2:] == ["retraining.started", "retraining.refused"]


def test_a_job_that_failed_is_put_on_record_and_the_status_is_bad(api: FakeApi) -> None:
    example("retrain request")
    example("retrain check")
    api.ends(JOB, "Failed", "DeadlineExceeded", "too long")
    (looked,) = mlops("retrain", "check", "--json").json["models"]
    assert looked["settled"][0]["reason"] == "DeadlineExceeded: too long"
    bad = mlops("retrain", "status")
    assert (bad.code, bad.out.splitlines()[-1]) == (1, f"{JOB} failed: DeadlineExceeded: too long")


def test_a_start_by_hand_on_a_dataset(api: FakeApi) -> None:
    assert mlops("data", "pipeline", str(ROOT / "configs" / "churn-data.yaml")).code == 0
    said = example("retrain run")
    assert (said.code, "refused: there are no rows" in said.out) == (0, True), said.err
    assert api.made == {}
    assert f"s3://features/retraining/outcomes/{MODEL}/000001.json" in dict(list_objects("s3://features/retraining/"))


def test_a_start_that_is_cancelled_loses_its_job(api: FakeApi) -> None:
    example("retrain request")
    example("retrain check")
    said = example("retrain cancel")
    assert (said.code, said.out) == (0, f"{JOB} cancelled: by hand\n"), said.err
    assert api.made == {}
    assert example("retrain cancel").code == 1


@pytest.mark.usefixtures("api")
def test_an_unknown_model_and_a_config_of_another_kind_are_refused(tmp_path: Path) -> None:
    said = mlops("retrain", "request", "--model", "nobody", "--reason", "r", "--json")
    assert (said.code, said.json["given"]) == (1, "nobody@champion")
    assert list_objects("s3://features/") == []
    other = tmp_path / "other.yaml"
    other.write_text("kind: experiment\nmodel: m\n")
    assert mlops("retrain", "check", str(other)).code == 2
    assert mlops("retrain", "request").code == 2


@pytest.mark.usefixtures("api")
def test_a_ledger_in_a_folder_starts_no_job(tmp_path: Path) -> None:
    said = mlops("retrain", "check", "--at", str(tmp_path), "--json")
    assert (said.code, said.json["given"]) == (2, str(tmp_path))


@pytest.mark.usefixtures("api")
def test_the_config_s_rules_hold_for_its_model_also_when_the_environment_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "monitoring.yaml"
    config.write_text("kind: monitoring\nmodel: churn-classifier\nretraining: {enabled: false}\n")
    example("retrain request")
    (looked,) = mlops("retrain", "check", str(config), "--json").json["models"]
    assert (looked["kind"], looked["reason"]) == ("refuse", "retraining is switched off")
    monkeypatch.setenv("MLOPS_MONITORING_CONFIG", str(config))
    assert mlops("retrain", "status", "--json").json["models"][0]["reason"] == looked["reason"]
    (other,) = mlops("retrain", "status", "--alias", "nobody", "--json").json["models"]
    assert "no version is churn-classifier@nobody" in other["reason"]
