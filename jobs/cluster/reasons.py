"""Why a Job does not run or has failed: what its pods and their events say."""

from __future__ import annotations

from jobs.cluster import pods
from jobs.cluster.api import Api

# The newest events tell the most; an API that repeats itself must not bury the pod's own words.
EVENTS = 5
# Of many attempts the last ones.
PODS = 4


def why(api: Api, job: str) -> tuple[str, ...]:
    """How its containers ended or why they wait, then warnings about the Job and its pods."""
    found = sorted(api.pods(job), key=lambda pod: str(pod["metadata"].get("creationTimestamp")))
    ends = [line for pod in [one for one in found if pods.ended(one)][-PODS:] for line in pods.ended(pod)]
    waits = [f"pod {pod['metadata']['name']}: {reason[0]}" for pod in found if (reason := pods.waiting(pod))]
    return (*ends, *waits, *events(api, job, *(pod["metadata"]["name"] for pod in found)))


def events(api: Api, *names: str) -> tuple[str, ...]:
    """Warnings about these objects."""
    return tuple(
        f"event on {one['involvedObject']['kind'].lower()} {one['involvedObject']['name']}: "
        f"{one.get('reason')}: {one.get('message')}"
        for one in api.warnings()
        if one["involvedObject"].get("name") in names
    )[-EVENTS:]
