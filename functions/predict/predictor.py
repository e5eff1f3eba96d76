"""An event → an answer, from the model of the image or of the registry's alias."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from functions.predict.environment import Environment
from functions.predict.source import Source
from jobs.errors import UnreachableError
from jobs.serving.answer import JSON, Answer, as_json, kind, predict
from jobs.serving.body import Refusal
from jobs.serving.function_figures import line
from jobs.serving.served import Served

LOG = logging.getLogger("mlops.serving")
Event = Mapping[str, Any]
# What a rollout asks each version: which model it really has.
DESCRIBE = "describe"


class Predictor:
    """Serves what the source has. A function sleeps between events, so it follows the alias when one comes."""

    def __init__(
        self,
        environment: Environment,
        source: Source,
        clock: Callable[[], float] = time.monotonic,
        say: Callable[[str], object] = print,
    ) -> None:
        self._environment = environment
        self._source = source
        self._clock = clock
        self._say = say
        self._due = 0.0

    def follow(self) -> None:
        """Looks the alias up when it is time to. Never raises."""
        now = self._clock()
        if now >= self._due:
            self._source.refresh()
            self._due = now + self._environment.poll_seconds

    def answer(self, event: object) -> dict[str, Any]:
        """A request of an HTTP API (payload 2.0) → its response; anything else is the body itself, as `/predict`'s."""
        self.follow()
        context = event.get("requestContext") if isinstance(event, Mapping) else None
        if isinstance(event, Mapping) and isinstance(context, Mapping) and "http" in context:
            return self._http(event)
        if event == {DESCRIBE: True}:
            return self._describe()
        return self._direct(event)

    def _http(self, event: Event) -> dict[str, Any]:
        try:
            headers = event.get("headers") or {}
            content_type = kind(headers.get("content-type", ""), (JSON,))
            answer = self._predict(_body(event), content_type)
            status, body = 200, answer.body
            self._count(200, answer.probabilities)
        except Refusal as refusal:
            status, body = refusal.status, as_json(refusal.as_dict())
            LOG.info("refused", extra={"status": status, "reason": refusal.problem})
            self._count(status)
        except Exception:
            LOG.exception("failed")
            status, body = 500, as_json({"error": {"message": "the function failed; see its log"}})
            self._count(500)
        return {"statusCode": status, "headers": {"content-type": JSON}, "body": body.decode()}

    def _direct(self, event: object) -> dict[str, Any]:
        """A refused body is an answer too. Raises UnreachableError without a model: that is worth another attempt.

        What is raised is counted by Lambda itself.
        """
        try:
            answer = self._predict(json.dumps(event).encode(), JSON)
        except Refusal as refusal:
            if refusal.status >= 500:
                raise UnreachableError(refusal.problem, given=refusal.given) from refusal
            self._count(refusal.status)
            return {"status": refusal.status, **refusal.as_dict()}
        self._count(200, answer.probabilities)
        data: dict[str, Any] = json.loads(answer.body)
        return data

    def _describe(self) -> dict[str, Any]:
        served = self._served()
        return {"model": served.champion.model, "version": served.champion.version, "digest": served.scorer.digest}

    def _predict(self, body: bytes, content_type: str) -> Answer:
        served = self._served()
        limit = self._environment.max_body_bytes
        if len(body) > limit:
            raise Refusal(413, "the body is too large", given=len(body), allowed=f"at most {limit} bytes")
        return predict(served, content_type, body, self._environment.max_rows)

    def _served(self) -> Served:
        if self._source.served is None:
            raise Refusal(503, "no verified model is loaded", given=self._source.problem)
        return self._source.served

    def _count(self, status: int, probabilities: tuple[float, ...] = ()) -> None:
        name, version = self._environment.function_name, self._environment.function_version
        self._say(line(name, version, time.time(), status >= 500, probabilities))


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(400, "the body is not the base64 that it says it is") from error
