"""Objects of every kind, to be read only, as plain dictionaries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jobs.cluster.connection import Connection, told
from jobs.cluster.errors import Silent
from jobs.cluster.lines import lines

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
        with told(path):
            body: str = self._asked(path, SECONDS[1]).read().decode()
            return body

    def lines(self, path: str, quiet: float) -> Iterator[str]:
        """One after the other as they come, to the end. Raises Silent when none comes for so many seconds."""
        from urllib3.exceptions import MaxRetryError, ReadTimeoutError

        with told(path):
            try:
                answer = self._asked(path, quiet).response
                try:
                    yield from lines(answer.stream())
                finally:
                    answer.close()
            except (ReadTimeoutError, MaxRetryError) as error:
                if isinstance(error, MaxRetryError) and not isinstance(error.reason, ReadTimeoutError):
                    raise
                raise Silent("nothing came", given=f"{path}: {quiet:.0f} s") from error

    def _asked(
        self, path: str, seconds: float, method: str = "GET", content: bytes | None = None, kind: str = ""
    ) -> Any:
        """The answer, its body still to be read. `content` is of this kind, such as `text/plain`."""
        from kubernetes.client.exceptions import ApiException

        headers = {"Accept": "*/*"} | ({"Content-Type": kind} if kind else {})
        # Without the content: as an object of the API it would be written as JSON.
        _, url, headers, *_ = self._client.param_serialize(
            method, path, header_params=headers, auth_settings=["BearerToken"]
        )
        answer = self._client.call_api(method, url, headers, content, _request_timeout=(SECONDS[0], seconds))
        if answer.status != OK:
            raise ApiException.from_response(http_resp=answer, body=answer.read().decode(), data=None)
        return answer
