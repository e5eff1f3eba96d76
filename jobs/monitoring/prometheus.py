"""Questions to Prometheus' HTTP interface."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.errors import ConfigError, MlopsError, UnreachableError
from jobs.settings import Instance

ADDRESS = "MLOPS_PROMETHEUS"
SECONDS = 10.0
# Requests of the model server that are predictions.
ROUTES = 'route=~"/predict|/invocations"'


@dataclass(frozen=True)
class Series:
    """Seconds since 1970 and values, both of shape (points,), by rising time; never NaN."""

    labels: Mapping[str, str]
    times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]


def address(given: str | None = None) -> str:
    """What is given, `MLOPS_PROMETHEUS` or the instance's. Raises ConfigError."""
    found = given or os.environ.get(ADDRESS) or Instance.read().outputs().get("prometheusUrl")
    if not found:
        raise ConfigError("no Prometheus is known", change=f"run `make up`, or set {ADDRESS}")
    return str(found).rstrip("/")


class Prometheus:
    """Raises UnreachableError without an answer, MlopsError when the question is refused."""

    def __init__(self, url: str) -> None:
        import httpx

        self.url = url
        self._client = httpx.Client(base_url=url, timeout=SECONDS)

    def value(self, query: str, at: datetime | None = None) -> float | None:
        """Of a question whose answer is one number; None when there is none, or no number."""
        found = self.vector(query, at)
        return found[0][1] if found else None

    def vector(self, query: str, at: datetime | None = None) -> list[tuple[Mapping[str, str], float]]:
        """Labels and numbers, at this time or now; what is no number is left out."""
        asked = {"query": query} | ({"time": at.timestamp()} if at else {})
        pairs = [(one["metric"], float(one["value"][1])) for one in self._ask("/api/v1/query", asked)]
        return [pair for pair in pairs if math.isfinite(pair[1])]

    def series(self, query: str, start: datetime, end: datetime, step_seconds: int) -> list[Series]:
        """Every series in [start, end] at these steps; at most 11,000 points each, as Prometheus has it."""
        asked = {"query": query, "start": start.timestamp(), "end": end.timestamp(), "step": step_seconds}
        found = []
        for one in self._ask("/api/v1/query_range", asked):
            points = np.array([(float(time), float(value)) for time, value in one["values"]]).reshape(-1, 2)
            points = points[np.isfinite(points[:, 1])]
            found.append(Series(one["metric"], points[:, 0], points[:, 1]))
        return [one for one in found if len(one.times)]

    def data(self, path: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Of any page of its interface."""
        import httpx

        try:
            answer = self._client.get(path, params=dict(parameters) if parameters else None)
            data = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise UnreachableError("Prometheus does not answer", given=f"{self.url}: {error}") from error
        if answer.status_code >= 500:
            raise UnreachableError("Prometheus fails", given=f"{self.url}: status {answer.status_code}")
        if data.get("status") != "success":
            raise MlopsError(
                "Prometheus refused the question", given=(parameters or {}).get("query", path),
                details=(str(data.get("error", ""))[:300],),
                change="correct it: Prometheus itself takes it too, at prometheusUrl of the stack's outputs",
            )  # fmt: skip
        found: dict[str, Any] = data["data"]
        return found

    def _ask(self, path: str, parameters: Mapping[str, Any]) -> list[Any]:
        return list(self.data(path, parameters)["result"])
