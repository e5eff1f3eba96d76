"""MLflow with `/ready` in front of it, and a full disk told as such."""

from __future__ import annotations

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
    """Answers `GET /ready` itself, without credentials, and passes everything else to MLflow."""

    def __init__(self, app: Asgi, readiness: Readiness) -> None:
        self._app = app
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/ready":
            return await self._app(scope, receive, send if scope["type"] != "http" else told_apart(send))
        verdict = await self._readiness.verdict()
        body = json.dumps({"ready": verdict.ready, **verdict.checks}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if verdict.ready else 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return None


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
