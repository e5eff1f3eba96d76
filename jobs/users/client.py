"""MLflow's own API for users, as an administrator. MLflow's client is not used: importing it loads its whole server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from jobs.errors import ConfigError, MlopsError, explain
from jobs.settings import TrackingSettings

# A test holds each against MLflow's own constant.
PATHS = {
    "list": "/api/2.0/mlflow/users/list",
    "create": "/api/2.0/mlflow/users/create",
    "set_password": "/api/2.0/mlflow/users/update-password",
    "delete": "/api/2.0/mlflow/users/delete",
    "permissions": "/api/3.0/mlflow/users/permissions/list",
    "grant": "/api/3.0/mlflow/users/permissions/grant",
    "revoke": "/api/3.0/mlflow/users/permissions/revoke",
}
_EXPERIMENT = "/api/2.0/mlflow/experiments"
SECONDS = 30.0


@dataclass(frozen=True)
class Resource:
    """All of a kind, or the one with this id: the number of an experiment, the name of a registered model."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"every {self.kind}" if self.id == "*" else f"{self.kind} {self.id}"


@dataclass(frozen=True)
class Grant:
    """What somebody may do with something, beyond what everyone may."""

    resource: Resource
    permission: str


@dataclass(frozen=True)
class Account:
    """Somebody who may log in."""

    name: str
    admin: bool


class Users:
    """Every method raises MlopsError with MLflow's words, ConfigError when the login is no administrator's."""

    def __init__(self, http: httpx.Client, caller: str) -> None:
        self._http = http
        self.caller = caller

    @classmethod
    @contextmanager
    def connected(cls, settings: TrackingSettings) -> Iterator[Users]:
        """To the server of the settings, as who they say."""
        if not settings.auth:
            raise ConfigError(
                "nothing says who asks for this", change="set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
            )
        with httpx.Client(base_url=settings.uri, auth=settings.auth, timeout=SECONDS) as http:
            yield cls(http, settings.auth[0])

    def all(self) -> list[Account]:
        """Sorted by name."""
        found = self._ask("GET", PATHS["list"])["users"]
        return sorted((Account(one["username"], one["is_admin"]) for one in found), key=lambda one: one.name)

    def create(self, name: str, password: str) -> None:
        self._ask("POST", PATHS["create"], {"username": name, "password": password})

    def set_password(self, name: str, password: str) -> None:
        self._ask("PATCH", PATHS["set_password"], {"username": name, "password": password})

    def delete(self, name: str) -> None:
        self._ask("DELETE", PATHS["delete"], {"username": name})

    def grants(self, name: str) -> list[Grant]:
        """What was granted to the user, sorted."""
        found = self._ask("GET", PATHS["permissions"], {"username": name})["permissions"]
        grants = (Grant(Resource(one["resource_type"], one["resource_pattern"]), one["permission"]) for one in found)
        return sorted(grants, key=lambda one: (one.resource.kind, one.resource.id))

    def grant(self, name: str, grant: Grant) -> None:
        self._ask("POST", PATHS["grant"], {**_named(name, grant.resource), "permission": grant.permission})

    def revoke(self, name: str, resource: Resource) -> None:
        self._ask("POST", PATHS["revoke"], _named(name, resource))

    def experiment(self, name: str) -> str:
        """The id of the experiment of that name."""
        found = self._ask("GET", f"{_EXPERIMENT}/get-by-name", {"experiment_name": name})
        return str(found["experiment"]["experiment_id"])

    def _ask(self, method: str, path: str, given: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            if method == "GET":
                answer = self._http.get(path, params=given)
            else:
                answer = self._http.request(method, path, json=given)
        except httpx.HTTPError as error:
            raise explain(error) or MlopsError(
                "MLflow did not answer", given=f"{path}: {error}",
                change="look at MLFLOW_TRACKING_URI and `mlops health`",
            ) from error  # fmt: skip
        if answer.status_code in (401, 403):
            raise ConfigError(
                f"MLflow refuses this to {self.caller}", given=f"{answer.status_code} of {path}",
                change="log in as an administrator: MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
            )  # fmt: skip
        if answer.status_code == 404 and not _json(answer):
            raise MlopsError("this MLflow has no users", given=path, change="start it with basic-auth, or ask another")
        if answer.status_code != 200:
            raise MlopsError(
                "MLflow refused it", given=_json(answer).get("message", answer.text)[:400],
                change="mend what it says; `mlops users list` and `mlops users permissions NAME` show what is there",
            )  # fmt: skip
        return _json(answer)


def _named(name: str, resource: Resource) -> dict[str, str]:
    return {"username": name, "resource_type": resource.kind, "resource_id": resource.id}


def _json(answer: httpx.Response) -> dict[str, Any]:
    """The body, when it is an object."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
