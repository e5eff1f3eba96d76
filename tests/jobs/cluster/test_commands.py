"""`mlops train run --on k8s`, status, logs and retry, on a cluster in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.cluster import run
from jobs.cluster.job import JobSpec
from jobs.cluster.run import Cluster
from tests.jobs.cluster.fake import FakeApi, pod
from tests.jobs.support import CONFIG, example, mlops

NAME = "train-churn-classifier-1a2b3c"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """The cluster that commands find, with one Job whose pod has begun."""
    fake = FakeApi()
    monkeypatch.setattr(run, "Api", lambda _: fake)
    labels = {"mlops.io/experiment": "churn-classifier"}
    Cluster(api=fake).create(JobSpec(NAME, "training", ("mlops",), files={"config.yaml": "a: 1"}, labels=labels))
    fake.its_pods[NAME] = [pod("a", index=0, running={})]
    fake.its_logs["a"] = b"fitting\n"
    return fake


def test_a_job_is_made_from_the_config_and_followed_to_its_end(api: FakeApi) -> None:
    api.on_create = api.ends
    said = example("train run")
    assert said.code == 0, said.err
    name = next(one for one in api.made if one != NAME)
    assert said.out.splitlines() == [f"job ml-training/{name} created", f"job ml-training/{name} complete"]
    annotations = api.made[name]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["file.mlops.io/config.yaml"] == CONFIG.read_text()


def test_without_waiting_the_job_s_name_is_told(api: FakeApi) -> None:
    said = mlops("train", "run", str(CONFIG), "--on", "k8s", "--no-wait", "--json")
    assert said.json["job"] in api.made
    assert said.json["complete"] is False


def test_the_status_of_one_and_of_all(api: FakeApi) -> None:
    assert NAME in mlops("train", "status").out
    assert example("train status").code == 0
    api.ends(NAME, "Failed", "DeadlineExceeded", "too long")
    api.its_pods[NAME] = [pod("a", terminated={"exitCode": 137, "reason": "OOMKilled"})]
    said = example("train status")
    assert said.code == 1
    assert "DeadlineExceeded: too long" in said.out
    assert "OOMKilled, exit code 137" in said.out
    assert mlops("train", "status", "--json").json[0]["phase"] == "Failed"
    assert mlops("train", "status", NAME, "--json").json["reason"] == "DeadlineExceeded: too long"


def begin(api: FakeApi) -> None:
    Cluster(api=api).create(JobSpec("train-other", "training", ("mlops",)))


def test_jobs_are_watched_until_all_have_ended(api: FakeApi) -> None:
    api.happens = [lambda: begin(api), lambda: api.ends(NAME), lambda: api.ends("train-other")]
    pending, complete = "Pending  0/1 succeeded, 0 failed", "Complete  1/1 succeeded, 0 failed"
    assert mlops("train", "status", "--watch").out.splitlines() == [
        f"{NAME}  {pending}", f"train-other  {pending}", f"{NAME}  {complete}", f"train-other  {complete}"
    ]  # fmt: skip


def test_one_job_is_watched_until_it_has_ended(api: FakeApi) -> None:
    begin(api)
    api.happens = [lambda: api.ends(NAME, "Failed")]
    assert mlops("train", "status", NAME, "--watch").out.splitlines()[-1].startswith(f"{NAME}  Failed")
    assert mlops("train", "status", "absent", "--watch").code == 1


def test_a_job_that_is_deleted_ends_the_watch(api: FakeApi) -> None:
    api.happens = [lambda: api.delete(NAME)]
    assert mlops("train", "status", "--watch").code == 0


def test_logs_of_all_of_one_worker_and_until_the_end(api: FakeApi) -> None:
    assert example("train logs").out == "fitting\n"
    assert mlops("train", "logs", NAME, "--worker", "0").out == "fitting\n"
    absent = mlops("train", "logs", NAME, "--worker", "1")
    assert (absent.code, "worker 1" in absent.err) == (1, True)
    assert mlops("train", "logs", NAME, "--worker", "1", "--follow").code == 2
    api.ends(NAME)
    assert mlops("train", "logs", NAME, "--follow").code == 0


def test_a_failed_job_is_tried_again_with_more(api: FakeApi) -> None:
    assert example("train retry").code == 1
    api.ends(NAME, "Failed")
    api.on_create = api.ends
    said = example("train retry")
    assert said.code == 0, said.err
    container = api.made[f"{NAME}-r1"]["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"]["limits"]["memory"] == "6Gi"
    twice = mlops("train", "retry", NAME, "--no-wait", "--json")
    assert (twice.code, "exists already" in twice.json["error"]) == (1, True)


def test_an_amount_that_is_none_is_refused_and_nothing_is_made(api: FakeApi) -> None:
    api.ends(NAME, "Failed")
    said = mlops("train", "retry", NAME, "--memory", "lots")
    assert said.code == 2
    assert list(api.made) == [NAME]


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("command", ["status", "logs", "retry"])
def test_an_unknown_job_is_told(command: str) -> None:
    said = mlops("train", command, "absent")
    assert said.code == 1
    assert "absent does not exist" in said.err


@pytest.mark.parametrize("command", [("status",), ("logs", "x"), ("retry", "x")])
def test_without_a_cluster_commands_end_with_exit_2(command: tuple[str, ...], tmp_path: Path) -> None:
    said = mlops("train", *command, "--kubeconfig", str(tmp_path / "none"))
    assert said.code == 2
    assert "no Kubernetes cluster is known" in said.err
