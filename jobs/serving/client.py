"""Sends rows to a model server."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import httpx

from jobs.errors import MlopsError, UnreachableError

POLL_SECONDS = 0.5
KEY_HEADER = "x-api-key"


class PredictionError(MlopsError):
    """The server refused the rows."""


def predict(
    url: str, key: str | None, records: Sequence[dict[str, Any]], wait_seconds: float, timeout: float = 30.0
) -> dict[str, Any]:
    """Rows → the server's answer; `key` is the API key of the gateway.

    Waits up to `wait_seconds` for a ready server, as after a promotion.

    Raises UnreachableError without a ready server, PredictionError when it refuses the rows.
    """
    with httpx.Client(base_url=url, timeout=timeout, headers={KEY_HEADER: key} if key else {}) as client:
        _wait(client, wait_seconds)
        try:
            answer = client.post("/predict", json={"records": list(records)})
        except httpx.HTTPError as error:
            raise UnreachableError("the model server does not answer", given=f"{url}: {error}") from error
    if answer.status_code == 401:
        raise PredictionError(
            "the gateway does not know the API key", given=f"{url}: {'another key' if key else 'no key'}",
            change="set MLOPS_SERVING_KEY, as `mlops env` prints it",
        )  # fmt: skip
    if answer.status_code != 200:
        raise PredictionError("the model server refused the rows", given=f"{answer.status_code}: {answer.text[:500]}")
    data: dict[str, Any] = answer.json()
    return data


def _wait(client: httpx.Client, seconds: float) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            answer = client.get("/ready", timeout=5.0)
            if answer.status_code == 200:
                return
            reason = answer.text
        except httpx.HTTPError as error:
            reason = f"{type(error).__name__}: {error}"
        if time.monotonic() >= until:
            raise UnreachableError(
                f"the model server is not ready after {seconds:.0f} s", given=f"{client.base_url}: {reason}",
                change="`mlops models show` tells the champion, `mlops health` the rest",
            )  # fmt: skip
        time.sleep(POLL_SECONDS)
