"""What is told of a pod's and a Job's status."""

from __future__ import annotations

from jobs.cluster import pods
from tests.jobs.cluster.fake import pod


def test_an_image_that_cannot_be_had_is_hopeless_and_a_full_node_is_not() -> None:
    image = pod("p", waiting={"reason": "ErrImageNeverPull", "message": "not present"})
    assert pods.waiting(image) == ("container job: ErrImageNeverPull: not present", True)
    full = {
        "status": {
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "cpu"}]
        }
    }
    assert pods.waiting(full) == ("not scheduled: Unschedulable: cpu", False)
    assert pods.waiting(pod("p", waiting={"reason": "ContainerCreating"})) is None


def test_a_failed_container_tells_reason_exit_code_and_last_words() -> None:
    lines = pods.ended(pod("p", terminated={"reason": "OOMKilled", "exitCode": 137, "message": "a\nlast words\n"}))
    assert lines == ["pod p, container job: OOMKilled, exit code 137", "  a", "  last words"]
    assert pods.ended(pod("p", terminated={"reason": "Completed", "exitCode": 0})) == []


def test_a_job_has_ended_only_by_its_own_condition() -> None:
    assert pods.condition({"status": {"conditions": [{"type": "FailureTarget", "status": "True"}]}}) is None
    failed = {
        "status": {"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "message": "m"}]}
    }
    assert pods.condition(failed) == "Failed"
    assert pods.failure(failed) == "DeadlineExceeded: m"
