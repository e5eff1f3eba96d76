"""Following a Job on a scripted API: what is said, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.cluster.errors import ApiError
from jobs.cluster.run import Cluster
from jobs.errors import ClusterError
from tests.jobs.cluster.fake import FakeApi, pod

NAME = "train-x"


def job(active: int = 0, failed: int = 0, ended: str | None = None) -> dict[str, Any]:
    conditions = [{"type": ended, "status": "True", "reason": "BackoffLimitExceeded", "message": "m"}] if ended else []
    status = {"active": active, "failed": failed, "conditions": conditions}
    return {"metadata": {"name": NAME, "resourceVersion": "1"}, "status": status}


class Script(FakeApi):
    """The Job as it is at each look, the pods as they change, their logs."""

    def __init__(
        self, jobs: list[dict[str, Any]], pods: tuple[dict[str, Any], ...] = (), logs: dict[str, bytes] | None = None,
        warnings: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__()
        self.looks = jobs
        self.its_pods = {NAME: list(pods)}
        self.its_logs = logs or {}
        about = {"kind": "Job", "name": NAME}
        self.its_warnings = [{"involvedObject": about, "reason": "FailedCreate", "message": text} for text in warnings]

    def job(self, name: str) -> dict[str, Any]:
        assert name == NAME
        if not self.looks:
            raise ApiError("Kubernetes refused", given="403 Forbidden")
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


def follow(script: Script) -> list[str]:
    said: list[str] = []
    Cluster(api=script).follow(NAME, said.append)
    return said


def test_the_log_is_streamed_line_by_line_until_the_job_is_complete() -> None:
    script = Script(
        [job(1), job(0), job(ended="Complete")], (pod("a", "Running", running={}),), {"a": b"one\ntwo\nthree"}
    )
    assert follow(script) == ["one", "two", "three"]


def test_a_second_attempt_is_followed_too() -> None:
    first, second = pod("a", "Failed", terminated={"exitCode": 1}), pod("b", "Running", running={})
    jobs = [job(1), job(0, failed=1), job(1, failed=1), job(ended="Complete")]
    script = Script(jobs, (first, second), {"a": b"first\n", "b": b"second\n"})
    assert follow(script) == ["first", "second"]


def test_a_failed_job_tells_the_pod_s_own_reason() -> None:
    failed = pod("a", "Failed", terminated={"exitCode": 137, "reason": "OOMKilled", "message": "last words"})
    script = Script([job(1), job(ended="Failed")], (failed,), {"a": b"begin\n"})
    with pytest.raises(ClusterError, match=r"BackoffLimitExceeded[\s\S]*OOMKilled, exit code 137[\s\S]*last words"):
        follow(script)


def test_an_image_that_cannot_be_had_ends_the_wait_at_once() -> None:
    script = Script([job(1)], (pod("a", "Pending", waiting={"reason": "ErrImageNeverPull", "message": "absent"}),))
    with pytest.raises(ClusterError, match="ErrImageNeverPull: absent"):
        follow(script)


def test_a_job_that_gets_no_pod_tells_the_event() -> None:
    script = Script([job(0)], warnings=("exceeded quota: training",))
    with pytest.raises(ClusterError, match=r"gets no pod[\s\S]*exceeded quota"):
        follow(script)


def test_a_pod_that_waits_for_room_is_told_once_and_then_followed() -> None:
    waiting = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "cpu"}
    pending = {"metadata": {"name": "a"}, "status": {"phase": "Pending", "conditions": [waiting]}}
    script = Script([job(1), job(0), job(ended="Complete")], (pending, pod("a", "Running", running={})), {"a": b"go\n"})
    assert follow(script) == ["pod a: not scheduled: Unschedulable: cpu", "go"]


def test_a_log_that_is_gone_is_told_and_the_job_decides() -> None:
    script = Script([job(1), job(0), job(ended="Complete")], (pod("a", "Running", running={}),))
    assert follow(script) == ["pod a: its log cannot be read further: 404 Not Found: "]


def test_an_api_that_refuses_while_following_is_told_and_no_traceback() -> None:
    with pytest.raises(ClusterError, match=r"cannot be followed any more; it may still run[\s\S]*403 Forbidden"):
        follow(Script([]))


def test_lines_of_several_workers_say_whose_they_are() -> None:
    pods = (pod("a", index=0, running={}), pod("b", index=1, running={}))
    script = Script([job(2), job(2), job(ended="Complete")], pods, {"a": b"one\n", "b": b"two\n"})
    assert follow(script) == ["[0] one", "[1] two"]


def test_an_api_that_goes_away_while_pods_are_watched_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script([job(1)])
    monkeypatch.setattr(script, "watch_pods", refuse)
    with pytest.raises(ClusterError, match=r"may still run[\s\S]*does not answer"):
        follow(script)


def refuse(*_: Any) -> Any:
    raise ApiError("Kubernetes does not answer")
