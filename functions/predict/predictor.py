"""An event → an answer, from the model that the registry's alias names."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from jobs.errors import UnreachableError
from jobs.serving.answer import JSON, as_json, described, kind, score
from jobs.serving.body import Refusal
from jobs.serving.model import ModelHolder, Served
from jobs.serving.settings import ServingSettings

LOG = logging.getLogger("mlops.serving")
Event = Mapping[str, Any]


class Predictor:
    """Serves what the holder holds. A function sleeps between events, so it follows the alias when one comes."""

    def __init__(
        self, settings: ServingSettings, holder: ModelHolder, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._holder = holder
        self._clock = clock
        self._due = 0.0

    def follow(self) -> None:
        """Looks the alias up when it is time to. Never raises."""
        now = self._clock()
        if now >= self._due:
            self._holder.refresh()
            self._due = now + self._settings.poll_seconds

    def answer(self, event: object) -> dict[str, Any]:
        """A request of an HTTP API (payload 2.0) → its response; anything else is the body itself, as `/predict`'s."""
        self.follow()
        context = event.get("requestContext") if isinstance(event, Mapping) else None
        if isinstance(event, Mapping) and isinstance(context, Mapping) and "http" in context:
            return self._http(event)
        return self._direct(event)

    def _http(self, event: Event) -> dict[str, Any]:
        try:
            headers = event.get("headers") or {}
            content_type = kind(headers.get("content-type", ""), (JSON,))
            status, data = 200, self._predict(_body(event), content_type)
        except Refusal as refusal:
            status, data = refusal.status, refusal.as_dict()
            LOG.info("refused", extra={"status": status, "reason": refusal.problem})
        except Exception:
            LOG.exception("failed")
            status, data = 500, {"error": {"message": "the function failed; see its log"}}
        return {"statusCode": status, "headers": {"content-type": JSON}, "body": as_json(data).decode()}

    def _direct(self, event: object) -> dict[str, Any]:
        """A refused body is an answer too. Raises UnreachableError without a model: that is worth another attempt."""
        try:
            return self._predict(json.dumps(event).encode(), JSON)
        except Refusal as refusal:
            if refusal.status >= 500:
                raise UnreachableError(refusal.problem, given=refusal.given) from refusal
            return {"status": refusal.status, **refusal.as_dict()}

    def _predict(self, body: bytes, content_type: str) -> dict[str, Any]:
        served = self._served()
        limit = self._settings.max_body_bytes
        if len(body) > limit:
            raise Refusal(413, "the body is too large", given=len(body), allowed=f"at most {limit} bytes")
        return described(score(served, content_type, body, self._settings.max_rows), served)

    def _served(self) -> Served:
        if self._holder.served is None:
            raise Refusal(503, "no verified model is loaded", given=self._holder.problem)
        return self._holder.served


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(400, "the body is not the base64 that it says it is") from error
