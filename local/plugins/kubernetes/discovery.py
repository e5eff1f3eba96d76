"""Under which path the API server serves a kind. Asks once per group and version; thread-safe."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from local.plugins.errors import PluginError
from local.plugins.kubernetes.client import Client
from local.plugins.kubernetes.errors import ApiError
from local.plugins.kubernetes.kinds import Kind


class NotServed(PluginError):
    """The cluster does not know the kind: its CRD is missing, or not established yet."""


@dataclass(frozen=True)
class Endpoint:
    """`prefix` is `/api/v1` or `/apis/<group>/<version>`."""

    prefix: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "") -> str:
        """The path of one object, or of all in the namespace."""
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{self.prefix}{scope}/{self.plural}" + (f"/{name}" if name else "")


class Discovery:
    """What one API server serves. A miss is asked again, since CRDs come and go."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = Lock()
        self._known: dict[Kind, Endpoint] = {}

    def endpoint(self, kind: Kind) -> Endpoint:
        with self._lock:
            if kind not in self._known:
                self._known |= self._ask(kind.api_version)
            if kind not in self._known:
                raise NotServed(
                    f"The cluster {self._client.access.name} does not serve {kind}. If it is a custom resource, "
                    "install its CustomResourceDefinition first and make this resource depend on it."
                )
            return self._known[kind]

    def _ask(self, api_version: str) -> dict[Kind, Endpoint]:
        prefix = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            listed = self._client.get(prefix)
        except ApiError as error:
            if error.code in (404, 410):
                return {}
            raise
        return {
            Kind(api_version, item["kind"]): Endpoint(prefix, item["name"], item["namespaced"])
            for item in listed.get("resources", [])
            if "/" not in item["name"]
        }
