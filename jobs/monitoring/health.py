"""Asks every part of the platform from outside, each within a few seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Part:
    """One part: `ok`, what it said, and how long the answer took (ms)."""

    name: str
    address: str
    ok: bool
    detail: str
    milliseconds: float


def check_all(outputs: Mapping[str, Any]) -> list[Part]:
    """Every part whose address is known, from the environment or the instance's outputs."""
    tracking = os.environ.get("MLFLOW_TRACKING_URI") or outputs.get("trackingUri")
    parts: list[Part] = []
    if tracking:
        tracking = str(tracking).rstrip("/")
        parts.append(_timed("tracking", tracking, partial(_status, f"{tracking}/health")))
        for name in ("database", "store"):
            parts.append(_timed(name, f"through {tracking}/ready", partial(_through, f"{tracking}/ready", name)))
    bucket = outputs.get("artifactBucket")
    if bucket:
        endpoint = os.environ.get("MLFLOW_S3_ENDPOINT_URL", "")
        parts.append(_timed("store, direct", endpoint, partial(_bucket, str(bucket))))
    for name, key, path in (
        ("serving", "servingUrl", "/ready"),
        ("prometheus", "prometheusUrl", "/-/ready"),
        ("alertmanager", "alertmanagerUrl", "/-/ready"),
    ):
        if outputs.get(key):
            address = str(outputs[key]).rstrip("/")
            parts.append(_timed(name, address, partial(_status, address + path)))
    return parts


def _timed(name: str, address: str, check: Callable[[], tuple[bool, str]]) -> Part:
    start = time.perf_counter()
    try:
        ok, detail = check()
    except Exception as error:
        ok, detail = False, f"{type(error).__name__}: {error}"
    return Part(name, address, ok, detail[:200], round((time.perf_counter() - start) * 1000, 1))


def _status(url: str) -> tuple[bool, str]:
    import httpx

    answer = httpx.get(url, timeout=TIMEOUT_SECONDS)
    return answer.status_code == 200, answer.text.strip().replace("\n", " ") or str(answer.status_code)


def _through(url: str, name: str) -> tuple[bool, str]:
    """What tracking's readiness says of the databases (every check but the store's) or of the store."""
    import httpx

    answer = httpx.get(url, timeout=TIMEOUT_SECONDS)
    if answer.status_code == 404:
        return False, "this tracking server has no /ready"
    checks: dict[str, str] = {key: str(value) for key, value in answer.json().items() if key != "ready"}
    mine = {key: value for key, value in checks.items() if ("store" in key) == (name == "store")}
    told = ", ".join(f"{key} {value}" for key, value in sorted(mine.items()))
    return bool(mine) and all(value == "ok" for value in mine.values()), told or answer.text


def _bucket(bucket: str) -> tuple[bool, str]:
    from jobs.store import client

    client().head_bucket(Bucket=bucket)
    return True, f"bucket {bucket} answers"
