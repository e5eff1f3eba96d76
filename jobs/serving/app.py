"""The server as a raw ASGI application: routing, limits, answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from jobs.serving.answer import CSV, JSON, as_json, kind, predict
from jobs.serving.body import Refusal
from jobs.serving.inference_log import InferenceLog
from jobs.serving.metrics import Metrics
from jobs.serving.model import ModelHolder
from jobs.serving.request_id import request_id
from jobs.serving.settings import ServingSettings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answered = tuple[int, str, bytes]

LOG = logging.getLogger("mlops.serving")
TEXT = "text/plain; version=0.0.4; charset=utf-8"
ROUTES = {
    "/predict": "POST", "/health": "GET", "/ready": "GET", "/metrics": "GET", "/version": "GET",
    # SageMaker's contract.
    "/ping": "GET", "/invocations": "POST",
}  # fmt: skip
# What a body may be, by route.
KINDS = {"/predict": (JSON,), "/invocations": (JSON, CSV)}
# Bodies above this take milliseconds: a thread keeps the probes answering meanwhile.
THREAD_BYTES = 128 * 1024


class App:
    """Serves what the holder holds."""

    def __init__(
        self, settings: ServingSettings, holder: ModelHolder, metrics: Metrics, log: InferenceLog | None = None
    ) -> None:
        self._settings = settings
        self._holder = holder
        self._metrics = metrics
        self._log = log
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
            if path in KINDS:
                request = request_id(scope["headers"])
                headers.append((b"x-request-id", request.encode()))
                status, content_type, body = await self._predict(path, request, scope, receive)
            else:
                status, content_type, body = await self._answer(path)
        except Refusal as refusal:
            status, content_type, body = refusal.status, JSON, as_json(refusal.as_dict())
            if status == 413:
                # The rest of the body is not read.
                headers.append((b"connection", b"close"))
            LOG.info("refused", extra={"path": path, "status": status, "reason": refusal.problem})
        except Disconnected:
            return
        except Exception:
            LOG.exception("failed", extra={"path": path})
            status, content_type, body = 500, JSON, as_json({"error": {"message": "the server failed; see its log"}})
        headers += [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
        self._metrics.request(path if path in ROUTES else "other", status, time.perf_counter() - start)

    async def _answer(self, path: str) -> Answered:
        if path == "/metrics":
            self._metrics.refused(self._holder.refused)
            return 200, TEXT, self._metrics.text()
        if path == "/health":
            return 200, JSON, as_json({"status": "alive"})
        served = self._holder.served
        if path == "/ping":
            # SageMaker gives up an endpoint whose server says no, and a new platform has nothing to serve yet.
            well = served is not None or self._holder.vacant
            return 200 if well else 503, JSON, as_json({"status": "well" if well else "not well"})
        if served is None:
            return 503, JSON, as_json({"status": "not ready", "reason": self._holder.problem})
        about: dict[str, Any] = {"model": served.champion.model, "version": served.champion.version}
        if path == "/ready":
            problem = {"problem": self._holder.problem} if self._holder.problem else {}
            return 200, JSON, as_json({"status": "ready", **about, **problem})
        manifest = served.scorer.manifest
        return 200, JSON, as_json(
            {
                **about, "digest": served.champion.digest, "estimator": manifest.estimator,
                "threshold": manifest.threshold, "libraries": manifest.libraries, "dataSha256": manifest.data_sha256,
            }
        )  # fmt: skip

    async def _predict(self, path: str, request: str, scope: Scope, receive: Receive) -> Answered:
        served = self._holder.served
        if served is None:
            raise Refusal(503, "no verified model is loaded", given=self._holder.problem)
        headers = dict(scope["headers"])
        content_type = kind(headers.get(b"content-type", b"").decode("latin-1"), KINDS[path])
        accept = headers.get(b"accept", b"").decode("latin-1") if CSV in KINDS[path] else JSON
        body = await _read(scope, receive, self._settings.max_body_bytes)
        given = (served, content_type, body, self._settings.max_rows, accept)
        answer = await asyncio.to_thread(predict, *given) if len(body) > THREAD_BYTES else predict(*given)
        self._metrics.rows(answer.rows)
        if self._log is not None:
            self._log.put(request, served, content_type, body, answer)
        return 200, answer.content_type, answer.body

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._poller = asyncio.create_task(self._poll())
                if self._log is not None:
                    self._log.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._poller is not None:
                    self._poller.cancel()
                if self._log is not None:
                    await asyncio.to_thread(self._log.stop)
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
