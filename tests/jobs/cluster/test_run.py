"""Creating, listing, reading and trying again, on a cluster in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.cluster.errors import JobExists, NotFound
from jobs.cluster.job import JobSpec
from jobs.cluster.resources import Resources
from jobs.cluster.run import Cluster
from jobs.errors import ClusterError
from tests.jobs.cluster.fake import FakeApi, pod

SPEC = JobSpec("train-x", "training", ("mlops", "--help"), files={"a": "b"}, labels={"mlops.io/experiment": "churn"})


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def cluster(api: FakeApi) -> Cluster:
    return Cluster(api=api)


def test_the_second_of_one_name_is_told_and_changes_nothing(cluster: Cluster, api: FakeApi) -> None:
    assert cluster.create(SPEC).phase == "Pending"
    with pytest.raises(JobExists):
        cluster.create(replace(SPEC, command=("other",)))
    assert api.made["train-x"]["spec"]["template"]["spec"]["containers"][0]["command"] == ["mlops", "--help"]


def test_a_job_without_its_template_is_refused_and_not_made(cluster: Cluster, api: FakeApi) -> None:
    with pytest.raises(NotFound, match="PodTemplate"):
        cluster.create(replace(SPEC, template="absent"))
    assert api.made == {}


def test_jobs_are_listed_newest_first_by_kind_and_label(cluster: Cluster) -> None:
    cluster.create(SPEC)
    cluster.create(replace(SPEC, name="train-y"))
    cluster.create(replace(SPEC, name="tune", kind="tuning"))
    assert [one.name for one in cluster.list()] == ["tune", "train-y", "train-x"]
    assert [one.name for one in cluster.list("training")] == ["train-y", "train-x"]
    assert cluster.list("training", {"mlops.io/experiment": "other"}) == []


def test_a_failed_job_tells_why(cluster: Cluster, api: FakeApi) -> None:
    cluster.create(SPEC)
    api.ends("train-x", "Failed")
    api.its_pods["train-x"] = [pod("a", terminated={"exitCode": 137, "reason": "OOMKilled"})]
    about = {"kind": "Pod", "name": "a"}
    other = {"kind": "Pod", "name": "b"}
    api.its_warnings = [{"involvedObject": one, "reason": "Evicted", "message": one["name"]} for one in (about, other)]
    state = cluster.status("train-x")
    assert (state.phase, state.reason, state.experiment) == ("Failed", "BackoffLimitExceeded: m", "churn")
    assert state.details == ("pod a, container job: OOMKilled, exit code 137", "event on pod a: Evicted: a")
    assert state.as_dict()["retryOf"] is None


def test_a_failed_job_is_tried_again_with_more_memory_and_stays_as_evidence(cluster: Cluster, api: FakeApi) -> None:
    cluster.create(replace(SPEC, resources=Resources("1", "1Gi")))
    api.ends("train-x", "Failed")
    again = cluster.retry("train-x", Resources(memory="2Gi"), image="jobs:2")
    assert (again.name, again.retry_of) == ("train-x-r1", "train-x")
    runs = api.made["train-x-r1"]["spec"]["template"]["spec"]["containers"][0]
    assert runs["resources"]["limits"] == {"cpu": "1", "memory": "2Gi"}
    assert runs["image"] == "jobs:2"
    assert cluster.status("train-x").phase == "Failed"
    with pytest.raises(JobExists):
        cluster.retry("train-x")


def test_the_third_attempt_keeps_the_second_s_changes(cluster: Cluster, api: FakeApi) -> None:
    cluster.create(SPEC)
    api.ends("train-x", "Failed")
    cluster.retry("train-x", Resources(memory="2Gi"))
    api.ends("train-x-r1", "Failed")
    assert cluster.retry("train-x-r1", deadline=7).name == "train-x-r2"
    made = api.made["train-x-r2"]["spec"]
    assert made["activeDeadlineSeconds"] == 7
    assert made["template"]["spec"]["containers"][0]["resources"]["requests"]["memory"] == "2Gi"
    assert made["template"]["metadata"]["annotations"] == {"file.mlops.io/a": "b"}


def test_what_runs_or_is_complete_is_not_tried_again(cluster: Cluster, api: FakeApi) -> None:
    cluster.create(SPEC)
    with pytest.raises(ClusterError, match="only a failed"):
        cluster.retry("train-x")
    api.ends("train-x")
    with pytest.raises(ClusterError, match="only a failed"):
        cluster.retry("train-x")
    assert list(api.made) == ["train-x"]


def test_logs_of_workers_stand_under_their_names(cluster: Cluster, api: FakeApi) -> None:
    cluster.create(SPEC)
    api.its_pods["train-x"] = [pod("a", index=0, running={}), pod("b", index=1, waiting={"reason": "ErrImagePull"})]
    api.its_logs = {"a": b"one\ntwo"}
    said: list[str] = []
    assert cluster.logs("train-x", said.append) == 2
    assert said == ["--- pod a", "one", "two", "--- pod b", "container job: ErrImagePull"]
    said.clear()
    assert cluster.logs("train-x", said.append, index=0) == 1
    assert said == ["one", "two"]


def test_a_deleted_job_is_unknown(cluster: Cluster) -> None:
    cluster.create(SPEC)
    cluster.delete("train-x")
    for asked in (cluster.status, cluster.delete, cluster.retry):
        with pytest.raises(NotFound):
            asked("train-x")
