"""A request → its answer: routes, predictions, and what is told about the server."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from jobs.serving.answer import CSV, JSON, Answer, answered, as_json, kind, rows_of
from jobs.serving.batch import Batch
from jobs.serving.body import Refusal, predict_rows
from jobs.serving.cache import Cache, Key
from jobs.serving.fast_json import fast_json
from jobs.serving.http import Request, Response
from jobs.serving.inference_log import InferenceLog
from jobs.serving.metrics import Metrics
from jobs.serving.model import ModelHolder
from jobs.serving.openapi import openapi
from jobs.serving.request_id import request_id
from jobs.serving.routes import KINDS, ROUTES, check_route
from jobs.serving.served import Served
from jobs.serving.settings import ServingSettings

LOG = logging.getLogger("mlops.serving")
TEXT = "text/plain; version=0.0.4; charset=utf-8"
# Bodies above this take milliseconds: a thread keeps small requests and probes answering meanwhile.
THREAD_BYTES = 128 * 1024
# Of overload: it passes in milliseconds, or other replicas have to help.
RETRY = b"retry-after: 1\r\n"
# Set by the gateway on the copy of a request, and by nobody else.
SHADOW = b"x-mlops-shadow"


class App:
    """Serves what the holder holds. `handle` runs on the server's loop, and never raises."""

    def __init__(
        self, settings: ServingSettings, holder: ModelHolder, metrics: Metrics, log: InferenceLog | None = None
    ) -> None:
        self.draining = False
        self._settings = settings
        self._holder = holder
        self._metrics = metrics
        self._log = log
        self._cache = Cache(settings.cache_size) if settings.cache_size else None
        self._batch = Batch(settings.batch_size, settings.batch_milliseconds) if settings.batch_size > 1 else None
        # One: calculating holds the interpreter, so that two would only slow each other down.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="large")
        self._large = 0

    def handle(self, request: Request) -> Response | asyncio.Future[Response]:
        """At once, or later for a request that is large or waits for others."""
        start = time.perf_counter()
        path = request.path
        if path not in KINDS or request.method != b"POST":
            return self._counted(request, start, self._told(request))
        lines = b""
        try:
            served = self._holder.served
            sent = request_id(request.headers)
            lines = b"x-request-id: %b\r\n" % sent.encode()
            if served is None:
                raise Refusal(503, "no verified model is loaded", given=self._holder.problem)
            asked = _Asked(request, start, sent, lines, served, *_kinds(request))
            if len(request.body) > THREAD_BYTES:
                return self._later(asked, self._enter(asked))
            if self._cache is not None:
                found = self._cache.get(asked.key)
                self._metrics.cached(hit=found is not None)
                if found is not None:
                    return self._predicted(asked, found)
            if self._batch is not None:
                return self._later(asked, self._batch.put(served, self._rows(asked), asked.accept))
            return self._predicted(asked, self._answer(asked))
        except Exception as error:
            return self._counted(request, start, self._failed(path, error, lines))

    def refuse(self, refusal: Refusal) -> Response:
        """The answer to a request that was never whole."""
        self._metrics.request("other", refusal.status, 0.0)
        return self._failed("", refusal, b"")

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    # --- predictions

    def _rows(self, asked: _Asked) -> Any:
        return rows_of(asked.served, asked.content_type, asked.request.body, self._settings.max_rows, fast_json)

    def _answer(self, asked: _Asked) -> Answer:
        return answered(asked.served, predict_rows(asked.served.scorer, self._rows(asked)), asked.accept)

    def _enter(self, asked: _Asked) -> Future[Answer]:
        if self._large >= self._settings.max_large:
            raise Refusal(503, "the server has as many large requests as it takes", given=self._large)
        self._large += 1
        loop = asyncio.get_running_loop()
        answer = self._thread.submit(self._answer, asked)
        answer.add_done_callback(lambda _: loop.call_soon_threadsafe(self._leave))
        return answer

    def _leave(self) -> None:
        self._large -= 1

    def _later(self, asked: _Asked, answer: Future[Answer] | asyncio.Future[Answer]) -> asyncio.Future[Response]:
        response: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

        def done(answer: asyncio.Future[Answer]) -> None:
            if response.cancelled():
                return
            if answer.cancelled():
                response.cancel()
            elif (error := answer.exception()) is not None:
                assert isinstance(error, Exception)
                failed = self._failed(asked.request.path, error, asked.lines)
                response.set_result(self._counted(asked.request, asked.start, failed))
            else:
                response.set_result(self._predicted(asked, answer.result()))

        inner = asyncio.wrap_future(answer)
        inner.add_done_callback(done)
        response.add_done_callback(lambda _: inner.cancel())
        return response

    def _predicted(self, asked: _Asked, answer: Answer) -> Response:
        self._metrics.predicted(answer.probabilities, answer.rows)
        if self._cache is not None:
            self._cache.put(asked.key, answer)
        if self._log is not None:
            shadow = SHADOW in asked.request.headers
            self._log.put(asked.id, asked.served, asked.content_type, asked.request.body, answer, shadow=shadow)
        response = Response(200, answer.content_type.encode(), answer.body, asked.lines)
        return self._counted(asked.request, asked.start, response)

    # --- everything else

    def _told(self, request: Request) -> Response:
        try:
            check_route(request.path, request.method.decode("latin-1"))
            status, content_type, body = self._about(request.path)
        except Exception as error:
            return self._failed(request.path, error, b"")
        return Response(status, content_type.encode(), body, RETRY if status == 503 else b"")

    def _about(self, path: str) -> tuple[int, str, bytes]:
        holder, served = self._holder, self._holder.served
        if path == "/metrics":
            if not self._settings.metrics:
                raise Refusal(404, "metrics are off", given="MLOPS_METRICS=false")
            return 200, TEXT, self._metrics.text(refused=holder.refused)
        if path == "/health":
            return 200, JSON, as_json({"status": "alive"})
        if path == "/ping":
            # SageMaker gives up an endpoint whose server says no, and a new platform has nothing to serve yet.
            well = served is not None or holder.vacant
            return 200 if well else 503, JSON, as_json({"status": "well" if well else "not well"})
        if served is None:
            return 503, JSON, as_json({"status": "not ready", "reason": holder.problem})
        about: dict[str, Any] = {"model": served.champion.model, "version": served.champion.version}
        if path == "/ready":
            if self.draining:
                return 503, JSON, as_json({"status": "not ready", "reason": "the server is about to end", **about})
            problem = {"problem": holder.problem} if holder.problem else {}
            return 200, JSON, as_json({"status": "ready", **about, **problem})
        if path == "/openapi.json":
            return 200, JSON, as_json(openapi(served, self._settings))
        manifest = served.scorer.manifest
        return 200, JSON, as_json(
            {
                **about, "digest": served.champion.digest, "estimator": manifest.estimator,
                "threshold": manifest.threshold, "libraries": manifest.libraries, "dataSha256": manifest.data_sha256,
            }
        )  # fmt: skip

    def _failed(self, path: str, error: Exception, lines: bytes) -> Response:
        if not isinstance(error, Refusal):
            LOG.error("failed", extra={"path": path}, exc_info=error)
            return Response(
                500, JSON.encode(), as_json({"error": {"message": "the server failed; see its log"}}), lines
            )
        LOG.info("refused", extra={"path": path, "status": error.status, "reason": error.problem})
        if error.status == 405:
            lines += b"allow: %b\r\n" % str(error.allowed).encode()
        if error.status == 503:
            lines += RETRY
        return Response(error.status, JSON.encode(), as_json(error.as_dict()), lines)

    def _counted(self, request: Request, start: float, response: Response) -> Response:
        route = request.path if request.path in ROUTES else "other"
        self._metrics.request(route, response.status, time.perf_counter() - start)
        return response


class _Asked:
    """A request for predictions, on its way."""

    __slots__ = ("accept", "content_type", "id", "lines", "request", "served", "start")

    def __init__(
        self, request: Request, start: float, id: str, lines: bytes, served: Served, content_type: str, accept: str
    ) -> None:
        self.request = request
        self.start = start
        self.id = id
        self.lines = lines
        self.served = served
        self.content_type = content_type
        self.accept = accept

    @property
    def key(self) -> Key:
        return self.served, self.content_type, self.accept, self.request.body


def _kinds(request: Request) -> tuple[str, str]:
    """Media types of the body and of the answer that is wanted. Raises Refusal 415."""
    given = request.headers.get(b"content-type", b"")
    allowed = KINDS[request.path]
    content_type = JSON if given == b"application/json" else kind(given.decode("latin-1"), allowed)
    if CSV not in allowed:
        return content_type, JSON
    return content_type, request.headers.get(b"accept", b"").decode("latin-1") or JSON
