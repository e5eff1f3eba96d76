"""Which version the alias names, by MLflow's REST interface: the model server has no MLflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from jobs.bundle.digest import BUNDLE_TAG
from jobs.errors import RegistryError, UnreachableError
from jobs.settings import TrackingSettings

API = "/api/2.0/mlflow"


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
    """Asks the registry; safe to call from one thread at a time."""

    def __init__(self, settings: TrackingSettings, timeout: float = 10.0) -> None:
        self._client = httpx.Client(base_url=settings.uri, auth=settings.auth, timeout=timeout)

    def read(self, model: str, alias: str) -> Champion:
        """Raises NoChampionError without such an alias, UnreachableError without an answer."""
        place = "/registered-models/alias"
        found = self._get(place, {"name": model, "alias": alias}, f"{model}@{alias}", NoChampionError)
        version = found["model_version"]
        number = str(version["version"])
        tags = {tag["key"]: tag["value"] for tag in version.get("tags", [])}
        found = self._get("/model-versions/get-download-uri", {"name": model, "version": number}, f"{model} {number}")
        return Champion(model, number, tags.get(BUNDLE_TAG, ""), str(found["artifact_uri"]))

    def close(self) -> None:
        self._client.close()

    def _get(
        self, path: str, parameters: dict[str, str], what: str, unknown: type[RegistryError] = RegistryError
    ) -> dict[str, Any]:
        try:
            answer = self._client.get(API + path, params=parameters)
        except httpx.HTTPError as error:
            raise UnreachableError("the registry does not answer", given=f"{self._client.base_url}: {error}") from error
        if answer.status_code in (401, 403):
            raise RegistryError("the registry refuses these credentials", given=f"status {answer.status_code}")
        if answer.status_code >= 500:
            raise UnreachableError("the registry fails", given=f"status {answer.status_code}")
        # MLflow says 404 of a model and 400 of an alias that it does not know.
        if answer.status_code in (400, 404):
            raise unknown("the registry does not know this", given=what, change="promote a version first")
        if answer.status_code != 200:
            raise UnreachableError("the registry gives no answer", given=f"status {answer.status_code}")
        data: dict[str, Any] = answer.json()
        return data
