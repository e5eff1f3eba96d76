"""The server as a raw ASGI application: routing, limits, answers."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from jobs.bundle.scorer import Prediction
from jobs.serving.body import Refusal, predict_body
from jobs.serving.metrics import Metrics
from jobs.serving.model import ModelHolder, Served
from jobs.serving.settings import ServingSettings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = tuple[int, bytes, bytes]

LOG = logging.getLogger("mlops.serving")
JSON = b"application/json"
TEXT = b"text/plain; version=0.0.4; charset=utf-8"
ROUTES = {"/predict": "POST", "/health": "GET", "/ready": "GET", "/metrics": "GET", "/version": "GET"}
# Bodies above this take milliseconds: a thread keeps the probes answering meanwhile.
THREAD_BYTES = 128 * 1024


class App:
    """Serves what the holder holds."""

    def __init__(self, settings: ServingSettings, holder: ModelHolder, metrics: Metrics) -> None:
        self._settings = settings
        self._holder = holder
        self._metrics = metrics
        self._poller: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = time.perf_counter()
        path, method = scope["path"], scope["method"]
        headers: list[tuple[bytes, bytes]] = []
        try:
            if path not in ROUTES:
                raise Refusal(404, "no such route", given=path, allowed=sorted(ROUTES))
            allowed = ROUTES[path]
            if method != allowed and not (method == "HEAD" and allowed == "GET"):
                headers.append((b"allow", allowed.encode()))
                raise Refusal(405, "the method is not allowed here", given=method, allowed=allowed)
            status, content_type, body = await self._answer(path, scope, receive)
        except Refusal as refusal:
            status, content_type, body = refusal.status, JSON, _json(refusal.as_dict())
            if status == 413:
                # The rest of the body is not read.
                headers.append((b"connection", b"close"))
            LOG.info("refused", extra={"path": path, "status": status, "reason": refusal.problem})
        except Disconnected:
            return
        except Exception:
            LOG.exception("failed", extra={"path": path})
            status, content_type, body = 500, JSON, _json({"error": {"message": "the server failed; see its log"}})
        headers += [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
        self._metrics.request(path if path in ROUTES else "other", status, time.perf_counter() - start)

    async def _answer(self, path: str, scope: Scope, receive: Receive) -> Answer:
        if path == "/predict":
            return await self._predict(scope, receive)
        if path == "/metrics":
            self._metrics.refused(self._holder.refused)
            return 200, TEXT, self._metrics.text()
        if path == "/health":
            return 200, JSON, _json({"status": "alive"})
        served = self._holder.served
        if served is None:
            return 503, JSON, _json({"status": "not ready", "reason": self._holder.problem})
        about: dict[str, Any] = {"model": served.champion.model, "version": served.champion.version}
        if path == "/ready":
            problem = {"problem": self._holder.problem} if self._holder.problem else {}
            return 200, JSON, _json({"status": "ready", **about, **problem})
        manifest = served.scorer.manifest
        return 200, JSON, _json(
            {
                **about, "digest": served.champion.digest, "estimator": manifest.estimator,
                "threshold": manifest.threshold, "libraries": manifest.libraries, "dataSha256": manifest.data_sha256,
            }
        )  # fmt: skip

    async def _predict(self, scope: Scope, receive: Receive) -> Answer:
        served = self._holder.served
        if served is None:
            raise Refusal(503, "no verified model is loaded", given=self._holder.problem)
        given = dict(scope["headers"]).get(b"content-type", b"")
        if given.split(b";")[0].strip().lower() != JSON:
            raise Refusal(415, "the content type is not known", given=given.decode("latin-1"), allowed=JSON.decode())
        body = await _read(scope, receive, self._settings.max_body_bytes)
        if len(body) > THREAD_BYTES:
            predictions = await asyncio.to_thread(predict_body, served.scorer, body, self._settings.max_rows)
        else:
            predictions = predict_body(served.scorer, body, self._settings.max_rows)
        self._metrics.rows(len(predictions))
        return 200, JSON, _json(_predictions(predictions, served))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._poller = asyncio.create_task(self._poll())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._poller is not None:
                    self._poller.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _poll(self) -> None:
        while True:
            await asyncio.to_thread(self._holder.refresh)
            await asyncio.sleep(self._settings.poll_seconds)


class Disconnected(Exception):
    """The client went away before its body was read."""


async def _read(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The body. Raises Refusal 413 above the limit, as soon as it is known."""
    length = dict(scope["headers"]).get(b"content-length", b"0")
    too_large = Refusal(413, "the body is too large", given=length.decode(), allowed=f"at most {limit} bytes")
    if length.isdigit() and int(length) > limit:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


def _predictions(predictions: list[Prediction], served: Served) -> dict[str, Any]:
    return {
        "predictions": [{"probability": one.probability, "label": one.label} for one in predictions],
        "model": served.champion.model,
        "version": served.champion.version,
    }


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()
