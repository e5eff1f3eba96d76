"""MLflow with `/ready` in front of it."""

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


class ReadyInFront:
    """Answers `GET /ready` itself, without credentials, and passes everything else to MLflow."""

    def __init__(self, app: Asgi, readiness: Readiness) -> None:
        self._app = app
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/ready":
            return await self._app(scope, receive, send)
        verdict = await self._readiness.verdict()
        body = json.dumps({"ready": verdict.ready, **verdict.checks}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if verdict.ready else 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return None
