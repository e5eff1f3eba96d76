"""One cluster as the rest of the plugin sees it: find, list, apply, delete objects by kind. Thread-safe."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from local.plugins.kubernetes.client import Client, Reply
from local.plugins.kubernetes.discovery import Discovery, Endpoint
from local.plugins.kubernetes.errors import ApiError, explain
from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.kubeconfig import Access

_LOG_LINES = "20"


class Cluster:
    """Owns the connection and what was discovered through it. Also the `Reader` of the readiness rules."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._client = Client(access)
        self._discovery = Discovery(self._client)

    def endpoint(self, kind: Kind) -> Endpoint:
        return self._discovery.endpoint(kind)

    def probe(self) -> None:
        """Raises `Unreachable` if the API server does not answer."""
        with suppress(ApiError):
            self._client.get("/version")

    def path(self, kind: Kind, metadata: Mapping[str, Any]) -> str:
        namespace = metadata.get("namespace") or self.access.namespace
        return self.endpoint(kind).path(namespace, metadata["name"])

    def find(self, path: str) -> dict[str, Any] | None:
        return self._client.find(path)

    def items(self, path: str, *, labels: str = "", fields: str = "") -> list[dict[str, Any]]:
        query = {"labelSelector": labels, "fieldSelector": fields}
        found: list[dict[str, Any]] = self._client.get(path, {key: value for key, value in query.items() if value})[
            "items"
        ]
        return found

    def log(self, namespace: str, pod: str, container: str, *, previous: bool) -> str:
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        query = {"container": container, "tailLines": _LOG_LINES, "previous": str(previous).lower()}
        # A log that cannot be read must not hide the reason it was wanted for.
        with suppress(ApiError):
            return self._client.text(path, query)
        return ""

    def apply(
        self, path: str, manifest: Mapping[str, Any], *, manager: str, force: bool, dry_run: bool = False
    ) -> Reply:
        """Server-side apply; unknown fields are refused."""
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        return self._client.apply(path, query, manifest)

    def delete(self, path: str, propagation: str) -> None:
        """Asks for deletion; an object that is gone already is fine."""
        try:
            self._client.delete(path, {"propagationPolicy": propagation})
        except ApiError as error:
            if error.code != 404:
                raise explain(error, path.rpartition("/")[2]) from error
