"""Objects of every kind, to be read only, as plain dictionaries."""

from __future__ import annotations

import json
from typing import Any

from jobs.cluster.connection import Connection, told

# Connect and read; without, a request waits for ever.
SECONDS = (3.0, 10.0)
OK = 200


class Look(Connection):
    """At one cluster. Raises ApiError."""

    def items(self, path: str) -> list[dict[str, Any]]:
        """Of a list, such as `/apis/batch/v1/cronjobs`."""
        found: list[dict[str, Any]] = self.get(path)["items"]
        return found

    def get(self, path: str) -> dict[str, Any]:
        """Raises NotFound when there is no such object."""
        found: dict[str, Any] = json.loads(self.text(path))
        return found

    def text(self, path: str) -> str:
        """Also what is no JSON, such as a page behind the proxy of a pod."""
        from kubernetes.client.exceptions import ApiException

        with told(path):
            asked = self._client.param_serialize(
                "GET", path, header_params={"Accept": "*/*"}, auth_settings=["BearerToken"]
            )
            answer = self._client.call_api(*asked, _request_timeout=SECONDS)
            body: str = answer.read().decode()
            if answer.status != OK:
                raise ApiException.from_response(http_resp=answer, body=body, data=None)
            return body
