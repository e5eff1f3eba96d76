"""Which cluster, which data, and following a Job on a scripted API: what is said, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from jobs.errors import ClusterError, ConfigError
from jobs.training.cluster import Access, Cluster, check_data
from jobs.training.config import Experiment
from tests.jobs.support import CONFIG, mlops

NAME = "train-x"


def job(active: int = 0, failed: int = 0, ended: str | None = None) -> dict[str, Any]:
    conditions = [{"type": ended, "status": "True", "reason": "BackoffLimitExceeded", "message": "m"}] if ended else []
    status = {"active": active, "failed": failed, "conditions": conditions}
    return {"metadata": {"resourceVersion": "1"}, "status": status}


def pod(name: str, phase: str, **state: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "status": {"phase": phase, "containerStatuses": [{"name": "job", "state": state}]},
    }


@dataclass
class Script:
    """Stands for the API: the Job as it is at each look, the pods as they change, their logs."""

    jobs: list[dict[str, Any]]
    pods: list[dict[str, Any]] = field(default_factory=list)
    logs: dict[str, bytes] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def read_namespaced_job(self, name: str, namespace: str) -> dict[str, Any]:
        assert (name, namespace) == (NAME, "ml-training")
        if not self.jobs:
            raise ApiException(status=403, reason="Forbidden")
        return self.jobs.pop(0) if len(self.jobs) > 1 else self.jobs[0]

    def list_namespaced_job(self, *_: object, **__: object) -> list[dict[str, Any]]:
        return self.jobs[:1]

    def list_namespaced_pod(self, _: str, label_selector: str) -> Any:
        assert label_selector == f"batch.kubernetes.io/job-name={NAME}"
        return SimpleNamespace(items=self.pods)

    def list_namespaced_event(self, *_: object, **__: object) -> Any:
        about = SimpleNamespace(kind="Job", name=NAME)
        items = [SimpleNamespace(involved_object=about, reason="FailedCreate", message=text) for text in self.warnings]
        return SimpleNamespace(items=items)

    def read_namespaced_pod_log(self, pod: str, *_: object, **__: object) -> Any:
        if pod not in self.logs:
            raise ApiException(status=404, reason="Not Found")
        content = self.logs[pod]
        return SimpleNamespace(stream=lambda: iter([content[:7], content[7:]]))

    def sanitize_for_serialization(self, thing: Any) -> Any:
        return thing


class Scripted(Cluster):
    """The real follower on the script."""

    @property
    def _core(self) -> Any:
        return self.api

    _batch = _core

    def _watch(self, call: Any, *arguments: object, **options: object) -> Iterator[dict[str, Any]]:
        found = call(*arguments, **{key: value for key, value in options.items() if key == "label_selector"})
        for one in found if isinstance(found, list) else found.items:
            yield {"raw_object": one}


def follow(script: Script) -> list[str]:
    said: list[str] = []
    Scripted(script, said.append).follow(NAME)
    return said


def test_the_log_is_streamed_line_by_line_until_the_job_is_complete() -> None:
    script = Script(
        [job(1), job(0), job(ended="Complete")], [pod("a", "Running", running={})], {"a": b"one\ntwo\nthree"}
    )
    assert follow(script) == ["one", "two", "three"]


def test_a_second_attempt_is_followed_too() -> None:
    first, second = pod("a", "Failed", terminated={"exitCode": 1}), pod("b", "Running", running={})
    jobs = [job(1), job(0, failed=1), job(1, failed=1), job(ended="Complete")]
    script = Script(jobs, [first, second], {"a": b"first\n", "b": b"second\n"})
    assert follow(script) == ["first", "second"]


def test_a_failed_job_tells_the_pod_s_own_reason() -> None:
    failed = pod("a", "Failed", terminated={"exitCode": 137, "reason": "OOMKilled", "message": "last words"})
    script = Script([job(1), job(ended="Failed")], [failed], {"a": b"begin\n"})
    with pytest.raises(ClusterError, match=r"BackoffLimitExceeded[\s\S]*OOMKilled, exit code 137[\s\S]*last words"):
        follow(script)


def test_an_image_that_cannot_be_had_ends_the_wait_at_once() -> None:
    script = Script([job(1)], [pod("a", "Pending", waiting={"reason": "ErrImageNeverPull", "message": "absent"})])
    with pytest.raises(ClusterError, match="ErrImageNeverPull: absent"):
        follow(script)


def test_a_job_that_gets_no_pod_tells_the_event() -> None:
    script = Script([job(0)], warnings=["exceeded quota: training"])
    with pytest.raises(ClusterError, match=r"gets no pod[\s\S]*exceeded quota"):
        follow(script)


def test_a_pod_that_waits_for_room_is_told_once_and_then_followed() -> None:
    waiting = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "cpu"}
    pending = {"metadata": {"name": "a"}, "status": {"phase": "Pending", "conditions": [waiting]}}
    script = Script([job(1), job(0), job(ended="Complete")], [pending, pod("a", "Running", running={})], {"a": b"go\n"})
    assert follow(script) == ["pod a: not scheduled: Unschedulable: cpu", "go"]


def test_a_log_that_is_gone_is_told_and_the_job_decides() -> None:
    script = Script([job(1), job(0), job(ended="Complete")], [pod("a", "Running", running={})])
    assert follow(script) == ["pod a: its log cannot be read further: 404 Not Found: "]


def test_an_api_that_refuses_while_following_is_told_and_no_traceback() -> None:
    with pytest.raises(ClusterError, match=r"cannot be followed any more; it may still run[\s\S]*403 Forbidden"):
        follow(Script([]))


@pytest.mark.parametrize("path", ["data.csv", "/home/me/data.csv", "configs/data.csv", "/app/../data.csv"])
def test_data_of_this_machine_is_refused_before_any_cluster_is_asked(path: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.read_text().replace("{kind: telco}", f"{{kind: file, path: {path}}}"))
    said = mlops("train", "run", str(config), "--on", "k8s", "--kubeconfig", str(tmp_path / "none"))
    assert said.code == 2
    assert f"data.path: {path}" in said.err
    assert "s3://bucket/key" in said.err


@pytest.mark.parametrize("path", ["s3://features/data.csv", "/app/configs/data.csv"])
def test_data_that_the_pod_can_read_is_allowed(path: str, experiment: Experiment) -> None:
    data = experiment.model_dump() | {"data": {"kind": "file", "path": path}}
    check_data(Experiment.model_validate(data))
    check_data(experiment)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance with a cluster, beside a $KUBECONFIG of the user."""
    folder = tmp_path / "instances" / "local"
    folder.mkdir(parents=True)
    (folder / "kubeconfig").write_text("")
    (folder / "outputs.json").write_text(json.dumps({"trackingUri": "http://t:1", "clusterContext": "mine"}))
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", "/the/users")
    return folder


def test_jobs_run_where_mlflow_is(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = str(instance / "kubeconfig")
    assert Access.choose(None, None) == Access(own, "mine")
    assert Access.choose(None, "other") == Access(own, "other")
    assert Access.choose(Path("/given"), None) == Access("/given", None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://t:1")
    assert Access.choose(None, None) == Access(own, "mine")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    assert Access.choose(None, None) == Access("/the/users", None)
    monkeypatch.delenv("KUBECONFIG")
    assert Access.choose(None, None) == Access(None, None)


def test_an_instance_on_another_cluster_has_a_context_and_no_kubeconfig(instance: Path) -> None:
    (instance / "kubeconfig").unlink()
    assert Access.choose(None, None) == Access("/the/users", "mine")


@pytest.mark.usefixtures("instance")
def test_an_instance_that_is_named_and_has_no_cluster_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_INSTANCE", "typo")
    with pytest.raises(ConfigError, match="MLOPS_INSTANCE=typo"):
        Access.choose(None, None)


def test_a_cluster_that_is_not_known_is_told_with_what_was_tried(tmp_path: Path) -> None:
    said = mlops("train", "run", str(CONFIG), "--on", "k8s", "--kubeconfig", str(tmp_path / "none"), "--context", "c")
    assert said.code == 2
    assert f"kubeconfig {tmp_path / 'none'}, context c" in said.err
