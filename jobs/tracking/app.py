"""MLflow with probes and a queue in front of it, and a full disk told as such."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from jobs.tracking.readiness import Readiness

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

# Words of PostgreSQL, SQLite and the kernel.
_NO_SPACE = (b"DiskFull", b"database or disk is full", b"No space left on device")


class ReadyInFront:
    """Answers `GET /ready` and `GET /health` itself, without credentials; of all else so many at once are MLflow's."""

    def __init__(self, app: Asgi, readiness: Readiness, at_once: int) -> None:
        self._app = app
        self._readiness = readiness
        self._turns = asyncio.Semaphore(at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == "/health":
            # A constant of MLflow's, too.
            await _answer(send, 200, b"text/plain", b"OK")
        elif scope["path"] == "/ready":
            verdict = await self._readiness.verdict()
            body = json.dumps({"ready": verdict.ready, **verdict.checks}).encode()
            await _answer(send, 200 if verdict.ready else 503, b"application/json", body)
        else:
            async with self._turns:
                await self._app(scope, receive, told_apart(send))


async def _answer(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def told_apart(send: Send) -> Send:
    """Makes MLflow's 500 or 503 a 507 when its words mean a full disk.

    MLflow's client retries the former and drops their words; a 507 it shows at once, with the words.
    """
    start: Message | None = None
    body = b""

    async def hold(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start" and message["status"] in (500, 503):
            start = message
        elif start is None or message["type"] != "http.response.body":
            await send(message)
        else:
            body += message.get("body", b"")
            if not message.get("more_body", False):
                full = any(words in body for words in _NO_SPACE)
                await send({**start, "status": 507 if full else start["status"]})
                await send({"type": "http.response.body", "body": body})

    return hold
