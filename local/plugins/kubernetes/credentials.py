"""The Authorization header of a user, and how it is renewed. Thread-safe."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from local.plugins.errors import PluginError

# A token is renewed this long before it ends, so that a slow request still carries a valid one.
_MARGIN = timedelta(seconds=60)
_EXEC_SECONDS = 60
_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


class Credentials:
    """Serves one kubeconfig user. Exec plugins are run once per lifetime of their token."""

    def __init__(self, user: Mapping[str, Any]) -> None:
        self._user = user
        self._lock = Lock()
        self._token = ""
        self._expires: datetime | None = None

    def header(self) -> dict[str, str]:
        user = self._user
        if "exec" in user:
            return {"Authorization": f"Bearer {self._exec_token()}"}
        if "tokenFile" in user:
            return {"Authorization": f"Bearer {Path(user['tokenFile']).read_text().strip()}"}
        if "token" in user:
            return {"Authorization": f"Bearer {user['token']}"}
        if "username" in user:
            pair = f"{user['username']}:{user.get('password', '')}"
            return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        return {}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Forgets a token the server refused; says whether there is a way to get another."""
        with self._lock:
            # Another thread may have fetched the next one meanwhile.
            if refused.get("Authorization") == f"Bearer {self._token}":
                self._token = ""
        return "exec" in self._user

    def _exec_token(self) -> str:
        with self._lock:
            fresh = self._expires is None or datetime.now(UTC) < self._expires - _MARGIN
            if not (self._token and fresh):
                status = _run(self._user["exec"])
                self._token = status["token"]
                until = status.get("expirationTimestamp")
                self._expires = datetime.fromisoformat(until) if until else None
            return self._token


def _run(plugin: Mapping[str, Any]) -> dict[str, Any]:
    """The status that the login command prints. It gets the plugin's whole environment, as kubectl would give it."""
    command = str(plugin.get("command"))
    if plugin.get("apiVersion") not in _VERSIONS:
        raise PluginError(
            f"The kubeconfig's login command {command!r} has the apiVersion {plugin.get('apiVersion')!r}; "
            f"allowed: {', '.join(_VERSIONS)}."
        )
    request = {"apiVersion": plugin["apiVersion"], "kind": "ExecCredential", "spec": {"interactive": False}}
    environment = {str(pair["name"]): str(pair["value"]) for pair in plugin.get("env") or []}
    environment["KUBERNETES_EXEC_INFO"] = json.dumps(request)
    line = [command, *(str(argument) for argument in plugin.get("args") or [])]
    try:
        done = subprocess.run(
            line, env=os.environ | environment, capture_output=True, text=True, timeout=_EXEC_SECONDS, check=True
        )
    except FileNotFoundError as error:
        hint = plugin.get("installHint") or "install it, or correct PATH"
        raise PluginError(f"The kubeconfig's login command {command!r} is not on this machine: {hint}.") from error
    except (OSError, subprocess.SubprocessError) as error:
        detail = getattr(error, "stderr", "") or ""
        raise PluginError(f"The kubeconfig's login command {command!r} failed: {error}\n{detail}".rstrip()) from error
    return _status(command, done.stdout)


def _status(command: str, printed: str) -> dict[str, Any]:
    try:
        status = json.loads(printed)["status"]
        return {"token": str(status["token"]), "expirationTimestamp": status.get("expirationTimestamp")}
    except (ValueError, LookupError, TypeError):
        # What it printed may hold a secret.
        raise PluginError(
            f"The kubeconfig's login command {command!r} printed no ExecCredential with a token; "
            "client certificates are not understood here."
        ) from None
