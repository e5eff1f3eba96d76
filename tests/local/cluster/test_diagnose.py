from typing import Any

from local.cluster.diagnose import owner_reasons, pod_reason


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": "ml", "name": "p", "uid": "1"}, "status": status}


def test_a_ready_pod_has_no_reason() -> None:
    assert pod_reason(pod(conditions=[{"type": "Ready", "status": "True"}]), []) == ""


def test_a_finished_pod_has_no_reason() -> None:
    assert pod_reason(pod(phase="Succeeded"), []) == ""


def test_an_image_that_cannot_be_had_is_named() -> None:
    waiting = {"waiting": {"reason": "ErrImagePull", "message": "x:1 not found"}}
    reason = pod_reason(pod(containerStatuses=[{"name": "c", "state": waiting}]), [])
    assert reason == "ml/p: container c: ErrImagePull: x:1 not found"


def test_a_crashing_container_shows_its_last_exit_code() -> None:
    status = {
        "name": "c",
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    }
    assert pod_reason(pod(containerStatuses=[status]), []).endswith("CrashLoopBackOff: back-off; last exit code 137")


def test_a_pod_that_fits_nowhere_shows_the_scheduler_s_words() -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: 1 Insufficient cpu."}
    assert pod_reason(pod(phase="Pending", conditions=[condition]), []).endswith("1 Insufficient cpu.")


def test_a_warning_event_of_another_pod_is_not_this_pod_s_reason() -> None:
    event = {"type": "Warning", "message": "no volume", "involvedObject": {"uid": "2"}}
    assert pod_reason(pod(phase="Pending"), [event]) == "ml/p: Pending"


def test_a_quota_that_stops_a_controller_is_told_once_per_owner() -> None:
    event = {
        "reason": "FailedCreate",
        "message": "exceeded quota",
        "involvedObject": {"kind": "ReplicaSet", "namespace": "ml", "name": "r"},
    }
    assert owner_reasons([event, event]) == ["ReplicaSet ml/r: exceeded quota"]


def test_the_event_that_tells_why_wins_over_the_bare_one_after_it() -> None:
    told = ('Failed to pull image "x:1": not found', "Error: ErrImagePull")
    events = [{"type": "Warning", "message": message, "involvedObject": {"uid": "1"}} for message in told]
    assert pod_reason(pod(phase="Pending"), events) == f"ml/p: {told[0]}"
