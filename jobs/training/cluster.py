"""Runs a training Job on Kubernetes, streams its log and tells the pod's own reason when it fails."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.errors import ClusterError, ConfigError
from jobs.settings import Instance
from jobs.training import job as manifests
from jobs.training import pods
from jobs.training.config import Experiment
from jobs.training.experiment import Say

# A watch is renewed this often, to look at what it does not show: events of a Job that gets no pod.
WATCH_SECONDS = 5
# Where the jobs image has its own files (local/images/jobs.Dockerfile).
IMAGE_FOLDER = "/app/"


@dataclass(frozen=True)
class Access:
    """Which kubeconfig (None: the pod's own account) and which of its contexts (None: the current one)."""

    kubeconfig: str | None
    context: str | None

    @classmethod
    def choose(cls, kubeconfig: Path | None, context: str | None) -> Access:
        """What is given, the instance's while MLflow is the instance's, $KUBECONFIG, in-cluster. Raises ConfigError."""
        if kubeconfig is not None:
            return cls(str(kubeconfig), context)
        instance = Instance.read()
        if instance.in_use():
            outputs = instance.outputs()
            context = context or outputs.get("clusterContext")
            if instance.kubeconfig.exists():
                return cls(str(instance.kubeconfig), context)
            if not outputs and "MLOPS_INSTANCE" in os.environ:
                raise ConfigError(
                    "the instance has no cluster", given=f"MLOPS_INSTANCE={os.environ['MLOPS_INSTANCE']}",
                    change="run `make up` for it, or give --kubeconfig",
                )  # fmt: skip
        return cls(os.environ.get("KUBECONFIG") or None, context)


def run_on_cluster(
    config: str, experiment: Experiment, access: Access, *, deadline: int, wait: bool, say: Say
) -> dict[str, object]:
    """Creates the Job and, with `wait`, follows it to its end. Raises ClusterError with the pod's reason."""
    check_data(experiment)
    cluster = Cluster(_connect(access), say)
    name = f"train-{experiment.experiment[:40].rstrip('-')}-{secrets.token_hex(3)}"
    cluster.create(name, experiment.experiment, config, deadline)
    say(f"job {manifests.NAMESPACE}/{name} created")
    if wait:
        cluster.follow(name)
        say(f"job {manifests.NAMESPACE}/{name} complete")
    return {"job": name, "namespace": manifests.NAMESPACE, "experiment": experiment.experiment, "complete": wait}


def check_data(experiment: Experiment) -> None:
    """Raises ConfigError for data that only this machine has."""
    path = getattr(experiment.data, "path", None)
    if path is None or path.startswith("s3://") or os.path.normpath(path).startswith(IMAGE_FOLDER):
        return
    raise ConfigError(
        "the data is on this machine, where the Job's pod cannot read it",
        given=f"data.path: {path}",
        allowed=f"s3://bucket/key, a path inside the image below {IMAGE_FOLDER}, or kind: telco",
        change="upload it (`aws s3 cp`, with the variables of `mlops env`), or train with --on here",
    )


def _connect(access: Access) -> Any:
    """Raises ConfigError."""
    from kubernetes import client, config

    load: Any = config  # untyped
    settings = client.Configuration()
    try:
        if access.kubeconfig is not None:
            load.load_kube_config(access.kubeconfig, context=access.context, client_configuration=settings)
        else:
            load.load_incluster_config(client_configuration=settings)
    except (config.ConfigException, OSError) as error:
        raise ConfigError(
            "no Kubernetes cluster is known",
            given=f"kubeconfig {access.kubeconfig or '-'}, context {access.context or '-'}",
            change=f"run `make up`, set KUBECONFIG, or give --kubeconfig and --context ({error})",
        ) from error
    return client.ApiClient(settings)


@dataclass
class Cluster:
    """One training Job at a time, through the API."""

    # The client's types say str for a log stream and V1Job for a dictionary: it is used untyped.
    api: Any
    say: Say

    @property
    def _core(self) -> Any:
        from kubernetes import client

        return client.CoreV1Api(self.api)

    @property
    def _batch(self) -> Any:
        from kubernetes import client

        return client.BatchV1Api(self.api)

    def _watch(self, call: Any, *arguments: object, **options: object) -> Any:
        from kubernetes import watch

        stream: Any = watch.Watch  # untyped
        return stream().stream(call, *arguments, timeout_seconds=WATCH_SECONDS, **options)

    def create(self, name: str, experiment: str, config: str, deadline: int) -> None:
        """Suspended Job, its ConfigMap, then off: no pod ever waits for its config. Raises ClusterError."""
        from kubernetes.client.exceptions import ApiException

        namespace, core, batch = manifests.NAMESPACE, self._core, self._batch
        try:
            template = self._plain(core.read_namespaced_pod_template(manifests.TEMPLATE, namespace))["template"]
            body = manifests.job_manifest(name, experiment, template, deadline)
            created = batch.create_namespaced_job(namespace, body)
            core.create_namespaced_config_map(
                namespace, manifests.config_map(name, experiment, config, created.metadata.uid)
            )
            batch.patch_namespaced_job(name, namespace, {"spec": {"suspend": False}})
        except ApiException as error:
            raise ClusterError(
                "Kubernetes refused the training Job", 
                given=_words(error),
                change="`make status`; the PodTemplate `training` comes with the stack",
            ) from error  # fmt: skip
        except ValueError as error:
            raise ClusterError(str(error)) from error
        except OSError as error:
            raise ClusterError("Kubernetes does not answer", given=str(error)) from error

    def follow(self, name: str) -> None:
        """Streams logs until the Job ends. Raises ClusterError when it fails, cannot start or is not seen any more."""
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        try:
            self._follow(name)
        except (ApiException, HTTPError) as error:
            raise ClusterError(
                f"training job {manifests.NAMESPACE}/{name} cannot be followed any more; it may still run",
                given=_words(error),
                change=f"kubectl -n {manifests.NAMESPACE} get job/{name}",
            ) from error

    def _follow(self, name: str) -> None:
        followed: set[str] = set()
        told: set[str] = set()
        while True:
            job = self._plain(self._batch.read_namespaced_job(name, manifests.NAMESPACE))
            match pods.condition(job):
                case "Complete":
                    return
                case "Failed":
                    raise self._failed(name, pods.failure(job))
            status = job.get("status") or {}
            begun = sum(status.get(count) or 0 for count in ("active", "succeeded", "failed"))
            if followed and begun <= len(followed):
                # Every attempt was followed to its end: what comes next is the Job's own word, or another attempt.
                self._until_changed(name, job["metadata"]["resourceVersion"])
                continue
            for pod in self._pods(name):
                if pod["metadata"]["name"] not in followed and pods.has_started(pod, manifests.CONTAINER):
                    followed.add(pod["metadata"]["name"])
                    self._log(pod["metadata"]["name"])
                    break
                reason = pods.waiting(pod)
                if reason and reason[0] not in told:
                    told.add(reason[0])
                    self.say(f"pod {pod['metadata']['name']}: {reason[0]}")
                if reason and reason[1]:
                    raise self._failed(name, reason[0])
            if not followed and not self._plain_pods(name) and (refused := self._events(name)):
                raise self._failed(name, "the Job gets no pod", tuple(refused))

    def _until_changed(self, name: str, version: str) -> None:
        from kubernetes.client.exceptions import ApiException

        try:
            for _ in self._watch(
                self._batch.list_namespaced_job, manifests.NAMESPACE, field_selector=f"metadata.name={name}",
                resource_version=version,
            ):  # fmt: skip
                return
        except ApiException as error:
            # 410: the version is too old to watch from; the caller reads the Job anew.
            if error.status != 410:
                raise

    def _pods(self, name: str) -> Iterator[dict[str, Any]]:
        """The Job's pods as they change, for a few seconds."""
        stream = self._watch(
            self._core.list_namespaced_pod, manifests.NAMESPACE,
            label_selector=f"batch.kubernetes.io/job-name={name}",
        )  # fmt: skip
        for event in stream:
            yield event["raw_object"]

    def _plain_pods(self, name: str) -> list[dict[str, Any]]:
        found = self._core.list_namespaced_pod(
            manifests.NAMESPACE, label_selector=f"batch.kubernetes.io/job-name={name}"
        )
        return [self._plain(pod) for pod in found.items]

    def _log(self, pod: str) -> None:
        """A log that cannot be had or breaks off is told and no failure: the Job's own word decides."""
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        try:
            self._stream(pod)
        except (ApiException, HTTPError) as error:
            self.say(f"pod {pod}: its log cannot be read further: {_words(error)}")

    def _stream(self, pod: str) -> None:
        answer = self._core.read_namespaced_pod_log(
            pod, manifests.NAMESPACE, container=manifests.CONTAINER, follow=True, _preload_content=False
        )
        rest = b""
        for chunk in answer.stream():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self.say(line.decode(errors="replace"))
        if rest:
            self.say(rest.decode(errors="replace"))

    def _events(self, *names: str) -> list[str]:
        found = self._core.list_namespaced_event(manifests.NAMESPACE, field_selector="type=Warning")
        return [
            f"event on {one.involved_object.kind.lower()} {one.involved_object.name}: {one.reason}: {one.message}"
            for one in found.items
            if one.involved_object.name in names
        ][-5:]

    def _failed(self, name: str, reason: str, details: tuple[str, ...] = ()) -> ClusterError:
        found = self._plain_pods(name)
        lines = [line for pod in found for line in pods.ended(pod)]
        events = self._events(name, *(pod["metadata"]["name"] for pod in found))
        return ClusterError(
            f"training job {manifests.NAMESPACE}/{name} failed: {reason}",
            details=(*details, *lines, *(event for event in events if event not in details)),
            change=f"kubectl -n {manifests.NAMESPACE} logs job/{name}",
        )

    def _plain(self, thing: object) -> dict[str, Any]:
        data: dict[str, Any] = self.api.sanitize_for_serialization(thing)
        return data


def _words(error: Exception) -> str:
    """The API's own words, without the headers that ApiException prints."""
    if hasattr(error, "status"):
        return f"{error.status} {getattr(error, 'reason', '')}: {str(getattr(error, 'body', '') or '')[:300]}"
    return str(error)[:300]
