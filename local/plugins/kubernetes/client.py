"""HTTP to one API server: connections, TLS, login, retries of what may be retried. Thread-safe.

Plain REST on urllib3: the Kubernetes client library takes a second to import, and this process starts on each `up`.
"""

from __future__ import annotations

import json
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from local.plugins.kubernetes.credentials import Credentials
from local.plugins.kubernetes.errors import ApiError, Unreachable
from local.plugins.kubernetes.kubeconfig import Access

_CONNECT_SECONDS, _READ_SECONDS = 5.0, 60.0
_CONNECTIONS = 64
# Every call here is idempotent (GET, apply, DELETE), so each may be repeated while the server starts or sheds load.
_RETRIES = urllib3.Retry(
    connect=3, read=2, status=5, other=2, backoff_factor=0.3, status_forcelist=(429, 503, 504),
    allowed_methods=None, respect_retry_after_header=True, raise_on_status=False,
)  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """A parsed answer: HTTP code, JSON body, and the server's warnings to the author of the request."""

    code: int
    body: dict[str, Any]
    warnings: tuple[str, ...]


class Client:
    """Talks to one cluster as one user."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._credentials = Credentials(access.user)
        self._pool = _pool(access)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self.request("GET", path, query).body

    def find(self, path: str) -> dict[str, Any] | None:
        """The object, or None if there is none."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def text(self, path: str, query: Mapping[str, str]) -> str:
        """A body that is not JSON: a container's log."""
        return self._send("GET", path, query, None, {}).data.decode(errors="replace")

    def apply(self, path: str, query: Mapping[str, str], manifest: Mapping[str, Any]) -> Reply:
        """Server-side apply."""
        return self.request("PATCH", path, query, manifest, {"Content-Type": "application/apply-patch+yaml"})

    def delete(self, path: str, options: Mapping[str, Any]) -> dict[str, Any]:
        return self.request("DELETE", path, None, options, {"Content-Type": "application/json"}).body

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        answer = self._send(method, path, query, body, {"Accept": "application/json", **(headers or {})})
        parsed = _json(answer.data)
        if answer.status >= 400:
            raise ApiError(answer.status, parsed)
        return Reply(answer.status, parsed, tuple(map(_warning, answer.headers.getlist("Warning"))))

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> urllib3.BaseHTTPResponse:
        url = self.access.server + path + (f"?{urlencode(query)}" if query else "")
        payload = None if body is None else json.dumps(body).encode()
        for _attempt in range(2):
            login = self._credentials.header()
            try:
                answer = self._pool.request(method, url, body=payload, headers={**headers, **login}, redirect=False)
            except urllib3.exceptions.HTTPError as error:
                raise Unreachable(_explain(self.access, error)) from error
            if answer.status != 401 or not self._credentials.renew(login):
                break
        return answer


def _explain(access: Access, error: Exception) -> str:
    cause = getattr(error, "reason", None) or error
    return (
        f"The Kubernetes API server {access.name} cannot be reached: {cause}\n"
        "Check that the cluster runs and that `kubeconfig` and `context` in the stack's settings name the right one."
    )


def _json(data: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(data)
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {"message": data.decode(errors="replace").strip()}


def _warning(header: str) -> str:
    """`299 - "text"` → text."""
    return header.split('"', 1)[-1].rstrip('"').replace('\\"', '"')


def _pool(access: Access) -> urllib3.PoolManager:
    context = ssl.create_default_context(cadata=access.authority)
    if not access.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if access.certificate and access.key:
        # The ssl module loads a client certificate from files only.
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = Path(folder) / "certificate", Path(folder) / "key"
            certificate.write_text(access.certificate)
            key.touch(mode=0o600)
            key.write_text(access.key)
            context.load_cert_chain(certificate, key)
    options: dict[str, Any] = {
        "maxsize": _CONNECTIONS,
        "block": False,
        "ssl_context": context,
        "retries": _RETRIES,
        "timeout": urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
    }
    if access.server_name:
        options["server_hostname"] = access.server_name
    proxy = access.proxy or _environment_proxy(access.server)
    return urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)


def _environment_proxy(server: str) -> str | None:
    """HTTPS_PROXY and NO_PROXY, as every Kubernetes client honours them."""
    target = urlsplit(server)
    return None if proxy_bypass(target.netloc) else getproxies().get(target.scheme)
