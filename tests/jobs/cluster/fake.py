"""A cluster in memory: what was asked of it can be read, and how its Jobs go is said by the test."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from jobs.cluster.access import Access
from jobs.cluster.api import Api
from jobs.cluster.errors import JobExists, NotFound

TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app.kubernetes.io/name": "training", "app.kubernetes.io/component": "of-the-stack"}},
    "spec": {
        "containers": [
            {
                "name": "job", "image": "jobs:1", "command": ["mlops", "--help"], "args": ["x"],
                "env": [{"name": "MLFLOW_TRACKING_URI", "value": "http://mlflow"}],
                "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "4Gi"}},
                "volumeMounts": [{"name": "access", "mountPath": "/etc/mlops/ca.crt", "subPath": "ca.crt"}],
            }
        ],
        "volumes": [{"name": "access", "secret": {"secretName": "training"}}],
    },
}  # fmt: skip


class FakeApi(Api):
    """`Cluster(api=FakeApi())` runs the real code on it."""

    def __init__(self) -> None:
        super().__init__(Access(None, None))
        self.templates: dict[str, dict[str, Any]] = {"training": TEMPLATE, "tuning": TEMPLATE}
        self.made: dict[str, dict[str, Any]] = {}
        self.its_pods: dict[str, list[dict[str, Any]]] = {}
        self.its_logs: dict[str, bytes] = {}
        self.its_warnings: list[dict[str, Any]] = []
        # What comes about while somebody watches, one each time.
        self.happens: list[Callable[[], None]] = []
        self.on_create: Callable[[str], None] | None = None

    def ends(self, name: str, how: str = "Complete", reason: str = "BackoffLimitExceeded", message: str = "m") -> None:
        """`Complete` or `Failed`, from now on."""
        condition = {
            "type": how, "status": "True", "reason": reason, "message": message,
            "lastTransitionTime": "2026-11-20T12:10:00Z",
        }  # fmt: skip
        self.made[name]["status"] = {"succeeded" if how == "Complete" else "failed": 1, "conditions": [condition]}

    def template(self, name: str) -> dict[str, Any]:
        if name not in self.templates:
            raise NotFound(f"PodTemplate ml-training/{name} does not exist")
        return self.templates[name]

    def create(self, manifest: dict[str, Any]) -> dict[str, Any]:
        job = copy.deepcopy(manifest)
        name = job["metadata"]["name"]
        if name in self.made:
            raise JobExists(f"job ml-training/{name} exists already")
        job["metadata"]["creationTimestamp"] = f"2026-11-20T12:00:{len(self.made):02d}Z"
        self.made[name] = job
        if self.on_create:
            self.on_create(name)
        return job

    def job(self, name: str) -> dict[str, Any]:
        if name not in self.made:
            raise NotFound(f"job ml-training/{name} does not exist")
        return self.made[name]

    def jobs(self, selector: str) -> list[dict[str, Any]]:
        wanted = dict(part.split("=") for part in selector.split(",")).items()
        return [job for job in self.made.values() if wanted <= job["metadata"]["labels"].items()]

    def watch_jobs(self, selector: str) -> Iterator[dict[str, Any]]:
        yield from self.jobs(selector)
        for happens in (self.happens.pop(0),) if self.happens else ():
            happens()
            yield from self.jobs(selector)

    def delete(self, name: str) -> None:
        self.job(name)
        del self.made[name]

    def pods(self, job: str) -> list[dict[str, Any]]:
        return self.its_pods.get(job, [])

    def warnings(self) -> list[dict[str, Any]]:
        return self.its_warnings

    def log(self, pod: str, container: str, *, follow: bool) -> Iterator[bytes]:  # noqa: ARG002 - all of a log is there
        assert container == "job"
        if pod not in self.its_logs:
            raise NotFound(f"log of pod {pod}", given="404 Not Found: ")
        content = self.its_logs[pod]
        yield from (content[:7], content[7:])

    def watch_pods(self, job: str) -> Iterator[dict[str, Any]]:
        yield from self.pods(job)

    def until_changed(self, job: str, version: str) -> None:  # noqa: ARG002 - time passes by looking
        return None


def pod(name: str, phase: str = "Running", index: int | None = None, **state: Any) -> dict[str, Any]:
    """A pod whose container `job` is in this state."""
    annotations = {} if index is None else {"batch.kubernetes.io/job-completion-index": str(index)}
    return {
        "metadata": {"name": name, "annotations": annotations, "creationTimestamp": "2026-11-20T12:00:00Z"},
        "status": {"phase": phase, "containerStatuses": [{"name": "job", "state": state}]},
    }
