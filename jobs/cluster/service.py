"""What listens behind a Service, by way of the API server: for whoever is outside the cluster."""

from __future__ import annotations

from jobs.cluster.access import Access
from jobs.cluster.connection import told
from jobs.cluster.look import SECONDS, Look


class Service(Look):
    """`address`: `name:port`. Raises ApiError."""

    def __init__(self, access: Access, namespace: str, address: str) -> None:
        super().__init__(access)
        self._root = f"/api/v1/namespaces/{namespace}/services/{address}/proxy"

    def put(self, path: str, content: bytes, kind: str) -> None:
        """`path` begins with a slash; `kind` is the content's type."""
        with told(path := self._root + path):
            self._asked(path, SECONDS[1], "PUT", content, kind)
