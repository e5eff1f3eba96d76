"""The few calls of Kubernetes' API that Jobs need, as plain dictionaries; every refusal as an ApiError."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.cluster.access import Access
from jobs.cluster.connection import Connection, told
from jobs.cluster.manifest import NAMESPACE

# A watch is renewed this often, to look at what it does not show: events of a Job that gets no pod.
WATCH_SECONDS = 5
TOO_OLD = 410


class Api(Connection):
    """Jobs of one namespace of a cluster, and the pods that they made."""

    def __init__(self, access: Access, namespace: str = NAMESPACE) -> None:
        super().__init__(access)
        self.namespace = namespace

    def template(self, name: str) -> dict[str, Any]:
        with told(f"PodTemplate {self.namespace}/{name}"):
            found: dict[str, Any] = self._plain(self._core.read_namespaced_pod_template(name, self.namespace))[
                "template"
            ]
            return found

    def create(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Raises JobExists when the name is taken."""
        with told(f"job {self.namespace}/{manifest['metadata']['name']}"):
            return self._plain(self._batch.create_namespaced_job(self.namespace, manifest))

    def job(self, name: str) -> dict[str, Any]:
        with told(f"job {self.namespace}/{name}"):
            return self._plain(self._batch.read_namespaced_job(name, self.namespace))

    def jobs(self, selector: str) -> list[dict[str, Any]]:
        with told(f"jobs {selector}"):
            found = self._batch.list_namespaced_job(self.namespace, label_selector=selector)
            return [self._plain(one) for one in found.items]

    def watch_jobs(self, selector: str) -> Iterator[dict[str, Any]]:
        """These Jobs, then each that changes, for a few seconds."""
        with told(f"jobs {selector}"):
            for event in self._watch(self._batch.list_namespaced_job, label_selector=selector):
                if event["type"] != "DELETED":
                    yield event["raw_object"]

    def delete(self, name: str) -> None:
        """With its pods, in the background."""
        with told(f"job {self.namespace}/{name}"):
            self._batch.delete_namespaced_job(name, self.namespace, propagation_policy="Background")

    def pods(self, job: str) -> list[dict[str, Any]]:
        with told(f"pods of job {self.namespace}/{job}"):
            found = self._core.list_namespaced_pod(self.namespace, label_selector=_of(job))
            return [self._plain(one) for one in found.items]

    def warnings(self) -> list[dict[str, Any]]:
        """The namespace's events of type Warning."""
        with told(f"events of {self.namespace}"):
            found = self._core.list_namespaced_event(self.namespace, field_selector="type=Warning")
            return [self._plain(one) for one in found.items]

    def log(self, pod: str, container: str, *, follow: bool) -> Iterator[bytes]:
        """Chunks as they come."""
        with told(f"log of pod {self.namespace}/{pod}"):
            answer = self._core.read_namespaced_pod_log(
                pod, self.namespace, container=container, follow=follow, _preload_content=False
            )
            yield from answer.stream()

    def watch_pods(self, job: str) -> Iterator[dict[str, Any]]:
        """The Job's pods as they change, for a few seconds."""
        with told(f"pods of job {self.namespace}/{job}"):
            for event in self._watch(self._core.list_namespaced_pod, label_selector=_of(job)):
                yield event["raw_object"]

    def until_changed(self, job: str, version: str) -> None:
        """Returns when the Job is no more as in `version`, or after a few seconds."""
        with told(f"job {self.namespace}/{job}", except_for=TOO_OLD):
            for _ in self._watch(
                self._batch.list_namespaced_job, field_selector=f"metadata.name={job}", resource_version=version
            ):
                return

    def _watch(self, call: Any, **options: object) -> Any:
        from kubernetes import watch

        stream: Any = watch.Watch  # untyped
        return stream().stream(call, self.namespace, timeout_seconds=WATCH_SECONDS, **options)


def _of(job: str) -> str:
    return f"batch.kubernetes.io/job-name={job}"
