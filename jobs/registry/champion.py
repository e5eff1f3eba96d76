"""Which version the alias names, by MLflow's REST interface: model server and function have no MLflow."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any, Protocol

from jobs.bundle.digest import BUNDLE_TAG
from jobs.errors import RegistryError, UnreachableError

API = "/api/2.0/mlflow"


class Tracking(Protocol):
    """Where MLflow is, and as whom."""

    @property
    def uri(self) -> str: ...
    @property
    def auth(self) -> tuple[str, str] | None: ...


@dataclass(frozen=True, slots=True)
class Champion:
    """A version as the registry describes it; `location`: its artifacts; `digest` is empty without its tag."""

    model: str
    version: str
    digest: str
    location: str


class NoChampionError(RegistryError):
    """The registry answered, and no version has the alias: there is nothing to serve yet."""


class ChampionReader:
    """Asks the registry. By the standard library alone, imported when it is needed: a start is not to wait for it."""

    def __init__(self, tracking: Tracking, timeout: float = 10.0) -> None:
        self._uri = tracking.uri
        self._timeout = timeout
        self._headers = {"Accept": "application/json"}
        if tracking.auth is not None:
            self._headers["Authorization"] = "Basic " + b64encode(":".join(tracking.auth).encode()).decode()

    def at(self, model: str, alias: str, place: str = "", version: str = "") -> Champion:
        """The version that a place serves: the pinned one, or what `<alias>-<place>` names, or else the alias.

        Raises as `read` does; a pinned version that is missing is no missing champion.
        """
        if version:
            return self._version(model, version)
        if place:
            try:
                return self.read(model, f"{alias}-{place}")
            except NoChampionError:
                pass
        return self.read(model, alias)

    def read(self, model: str, alias: str) -> Champion:
        """Raises NoChampionError without such an alias, UnreachableError without an answer."""
        place = "/registered-models/alias"
        found = self._get(place, {"name": model, "alias": alias}, f"{model}@{alias}", NoChampionError)
        return self._champion(model, found["model_version"])

    def _version(self, model: str, version: str) -> Champion:
        found = self._get("/model-versions/get", {"name": model, "version": version}, f"{model} {version}")
        return self._champion(model, found["model_version"])

    def _champion(self, model: str, version: dict[str, Any]) -> Champion:
        number = str(version["version"])
        tags = {tag["key"]: tag["value"] for tag in version.get("tags", [])}
        found = self._get("/model-versions/get-download-uri", {"name": model, "version": number}, f"{model} {number}")
        return Champion(model, number, tags.get(BUNDLE_TAG, ""), str(found["artifact_uri"]))

    def _get(
        self, path: str, parameters: dict[str, str], what: str, unknown: type[RegistryError] = RegistryError
    ) -> dict[str, Any]:
        status, content = self._answer(path, parameters)
        if status in (401, 403):
            raise RegistryError("the registry refuses these credentials", given=f"status {status}")
        if status >= 500:
            raise UnreachableError("the registry fails", given=f"status {status}")
        # MLflow says 404 of a model and 400 of an alias that it does not know.
        if status in (400, 404):
            raise unknown("the registry does not know this", given=what, change="promote a version first")
        if status != 200:
            raise UnreachableError("the registry gives no answer", given=f"status {status}")
        data: dict[str, Any] = json.loads(content)
        return data

    def _answer(self, path: str, parameters: dict[str, str]) -> tuple[int, bytes]:
        import http.client
        import urllib.error
        import urllib.parse
        import urllib.request

        class Stay(urllib.request.HTTPRedirectHandler):
            """The password goes to the registry and nowhere else."""

            def redirect_request(self, *_: object) -> None:
                return None

        url = f"{self._uri}{API}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            request = urllib.request.Request(url, headers=self._headers)
            with urllib.request.build_opener(Stay).open(request, timeout=self._timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            return error.code, b""
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise UnreachableError("the registry does not answer", given=f"{self._uri}: {error}") from error
