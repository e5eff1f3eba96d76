"""The calls of Kubernetes' API that servers need: pods and what they say, replicas, bounds, a ConfigMap."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from jobs.cluster.access import Access
from jobs.cluster.connection import Connection, told

# Who writes: fields of this manager are its own, and `pulumi up` does not take them back.
MANAGER = "mlops-rollout"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
# Items of a list by their names.
STRATEGIC = "application/strategic-merge-patch+json"
# Of a pod that does not answer through the API; a look must not hang on one that is stopped.
PROXY_SECONDS = 3
SECONDS = 15


class Workloads(Connection):
    """Servers of one namespace."""

    def __init__(self, access: Access, namespace: str) -> None:
        super().__init__(access)
        self.namespace = namespace

    def pods(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """Those that are not on their way out, by name."""
        selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        with told(f"pods {selector} of {self.namespace}"):
            found = self._core.list_namespaced_pod(
                self.namespace, label_selector=selector, _request_timeout=SECONDS
            )  # fmt: skip
            plain = [self._plain(one) for one in found.items]
        staying = [one for one in plain if not one["metadata"].get("deletionTimestamp")]
        return sorted(staying, key=lambda one: str(one["metadata"]["name"]))

    def get(self, pod: str, port: int, path: str) -> bytes:
        """What the pod answers, through the API. Raises ApiError, also when the pod answers an error."""
        with told(f"{path} of pod {self.namespace}/{pod}"):
            answer = self._proxied.connect_get_namespaced_pod_proxy_with_path(
                f"{pod}:{port}", self.namespace, path.lstrip("/"), _preload_content=False,
                _request_timeout=PROXY_SECONDS,
            )  # fmt: skip
            return bytes(answer.data)

    def annotate(self, pod: str, annotations: Mapping[str, str]) -> None:
        body = {"metadata": {"annotations": dict(annotations)}}
        with told(f"pod {self.namespace}/{pod}"):
            self._core.patch_namespaced_pod(
                pod, self.namespace, body, field_manager=MANAGER, _content_type=MERGE, _request_timeout=SECONDS
            )

    def deployment(self, name: str) -> dict[str, Any]:
        with told(f"deployment {self.namespace}/{name}"):
            return self._plain(
                self._apps.read_namespaced_deployment(name, self.namespace, _request_timeout=SECONDS)
            )  # fmt: skip

    def scale(self, name: str, replicas: int) -> None:
        """An autoscaler goes on from there, unless it is 0, which switches it off."""
        with told(f"deployment {self.namespace}/{name}"):
            self._apps.patch_namespaced_deployment_scale(
                name, self.namespace, {"spec": {"replicas": replicas}}, field_manager=MANAGER, _content_type=MERGE,
                _request_timeout=SECONDS,
            )  # fmt: skip

    def restart(self, name: str) -> None:
        """Each pod is replaced by a new one, which is ready before the old one goes."""
        annotation = {"kubectl.kubernetes.io/restartedAt": datetime.now(UTC).isoformat(timespec="seconds")}
        body = {"spec": {"template": {"metadata": {"annotations": annotation}}}}
        with told(f"deployment {self.namespace}/{name}"):
            self._apps.patch_namespaced_deployment(
                name, self.namespace, body, field_manager=MANAGER, _content_type=MERGE, _request_timeout=SECONDS
            )

    def use_image(self, name: str, container: str, image: str) -> None:
        """Its pods are replaced by such of this image."""
        body = {"spec": {"template": {"spec": {"containers": [{"name": container, "image": image}]}}}}
        with told(f"deployment {self.namespace}/{name}"):
            self._apps.patch_namespaced_deployment(
                name, self.namespace, body, field_manager=MANAGER, _content_type=STRATEGIC, _request_timeout=SECONDS
            )

    def bounds(self, name: str) -> tuple[int, int]:
        """Least and most replicas that the autoscaler gives."""
        with told(f"autoscaler {self.namespace}/{name}"):
            spec = self._plain(
                self._scaling.read_namespaced_horizontal_pod_autoscaler(
                    name, self.namespace, _request_timeout=SECONDS
                )
            )["spec"]  # fmt: skip
            return int(spec.get("minReplicas", 1)), int(spec["maxReplicas"])

    def bound(self, name: str, least: int, most: int) -> None:
        body = {"spec": {"minReplicas": least, "maxReplicas": most}}
        with told(f"autoscaler {self.namespace}/{name}"):
            self._scaling.patch_namespaced_horizontal_pod_autoscaler(
                name, self.namespace, body, field_manager=MANAGER, _content_type=MERGE, _request_timeout=SECONDS
            )

    def config_map(self, name: str) -> tuple[dict[str, str], str]:
        """Its data, and the version to write on condition of."""
        with told(f"config map {self.namespace}/{name}"):
            found = self._plain(
                self._core.read_namespaced_config_map(name, self.namespace, _request_timeout=SECONDS)
            )  # fmt: skip
            return dict(found.get("data") or {}), str(found["metadata"]["resourceVersion"])

    def apply_config_map(self, name: str, data: Mapping[str, str], version: str) -> None:
        """Takes these keys over. Raises Conflict when it is not any more as in `version`."""
        body = {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "resourceVersion": version},
            "data": dict(data),
        }  # fmt: skip
        with told(f"config map {self.namespace}/{name}"):
            self._core.patch_namespaced_config_map(
                name, self.namespace, body, field_manager=MANAGER, force=True, _content_type=APPLY,
                _request_timeout=SECONDS,
            )  # fmt: skip

    @cached_property
    def _proxied(self) -> Any:
        """A second client: its paths keep their slashes, which the API needs to pass them on, and it asks once: three
        more tries of a pod that is stopped kept a rollout from seeing its errors for twelve seconds.
        """
        from kubernetes import client

        settings = self.access.connect().configuration
        settings.safe_chars_for_path_param, settings.retries = "/:", False
        return client.CoreV1Api(client.ApiClient(settings))
