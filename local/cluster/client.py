"""Reading the cluster: the few API calls that start, status and diagnosis need."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import urllib3
from kubernetes import client, config

from local.errors import LocalError

Object = dict[str, Any]


class Cluster:
    """The API server that a kubeconfig names. Objects are plain dictionaries as the API writes them."""

    def __init__(self, kubeconfig: Path, context: str | None = None) -> None:
        settings = client.Configuration()
        config.load_kube_config(str(kubeconfig), context=context, client_configuration=settings)  # type: ignore[no-untyped-call]
        # Callers wait on conditions of their own; a second retry loop below them would hide the reason.
        settings.retries = urllib3.Retry(0)
        self._api = client.ApiClient(settings)

    @property
    def address(self) -> str:
        """URL of the API server."""
        return str(self._api.configuration.host)

    def get(self, path: str) -> Object:
        """The JSON answer to GET `path`, `{}` when it does not exist."""
        answer = self._request(path, timeout=10)
        if answer.status == 404:
            return {}
        if answer.status != 200:
            raise LocalError(f"the cluster answered GET {path} with {answer.status}: {answer.data.decode()[:500]}")
        found: Object = json.loads(answer.data)
        return found

    def items(self, path: str) -> list[Object]:
        """The items of the list at `path`."""
        found: list[Object] = self.get(path).get("items", [])
        return found

    def is_up(self) -> bool:
        """Whether the API server answers that it is ready."""
        try:
            return self._request("/readyz", timeout=2).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _request(self, path: str, timeout: float) -> urllib3.BaseHTTPResponse:
        call = self._api.param_serialize("GET", path, auth_settings=["BearerToken"])
        answer = self._api.call_api(*call, _request_timeout=timeout)
        answer.read()  # type: ignore[no-untyped-call]
        response: urllib3.BaseHTTPResponse = answer.response
        return response
