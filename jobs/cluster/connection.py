"""One cluster's API: connects at the first call; every refusal as an ApiError in the API's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from jobs.cluster.access import Access
from jobs.cluster.errors import ApiError, Conflict, JobExists, NotFound

CONFLICT, ABSENT = 409, 404


class Connection:
    """What every user of the API needs. The client's types say str for a log stream and V1Job for a dictionary: it is
    used untyped, and answers are plain dictionaries.
    """

    def __init__(self, access: Access) -> None:
        self.access = access

    @cached_property
    def _client(self) -> Any:
        return self.access.connect()

    @cached_property
    def _core(self) -> Any:
        from kubernetes import client

        return client.CoreV1Api(self._client)

    @cached_property
    def _batch(self) -> Any:
        from kubernetes import client

        return client.BatchV1Api(self._client)

    @cached_property
    def _apps(self) -> Any:
        from kubernetes import client

        return client.AppsV1Api(self._client)

    @cached_property
    def _scaling(self) -> Any:
        from kubernetes import client

        return client.AutoscalingV2Api(self._client)

    def _plain(self, thing: object) -> dict[str, Any]:
        data: dict[str, Any] = self._client.sanitize_for_serialization(thing)
        return data


@contextmanager
def told(what: str, except_for: int | None = None) -> Iterator[None]:
    """A refusal or no answer as an ApiError in the API's own words."""
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ApiException as error:
        if error.status == except_for:
            return
        # Without the headers that ApiException prints.
        words = f"{error.status} {error.reason or ''}: {str(error.body or '')[:300]}"
        if error.status == CONFLICT:
            if what.startswith("job "):
                raise JobExists(f"{what} exists already", change="it was not changed; `mlops train status`") from error
            raise Conflict(f"{what} was changed by another meanwhile", given=words) from error
        if error.status == ABSENT:
            raise NotFound(f"{what} does not exist", given=words, change="`mlops train list`, `make status`") from error
        raise ApiError(f"Kubernetes refused: {what}", given=words, change="`make status`") from error
    except (HTTPError, OSError) as error:
        raise ApiError("Kubernetes does not answer", given=f"{what}: {str(error)[:300]}") from error
