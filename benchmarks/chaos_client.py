"""Many clients at once that write runs, params, metrics, files and versions, and remember what was acknowledged.

Plain HTTP with a connection of its own for each client: MLflow's client would retry, and a thousand of it do not fit.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from benchmarks.chaos_sets import Write

TIMEOUT = 90.0
API = "/api/2.0/mlflow"
# A client that was refused does not ask again at once.
PAUSE = 0.5


class Refused(Exception):
    """No answer, or one that is no acknowledgement."""


@dataclass
class Wire:
    """One connection to one server, opened when it is needed and again after each failure."""

    url: str
    headers: dict[str, str]
    tls: ssl.SSLContext | None = None
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, target: str, body: bytes) -> bytes:
        """The body of a 200. Raises Refused."""
        try:
            async with asyncio.timeout(TIMEOUT):
                status, content = await self._ask(method, target, body)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            self.close()
            raise Refused(f"{type(error).__name__}: {error}") from error
        except asyncio.CancelledError:
            self.close()
            raise
        if status != 200:
            raise Refused(f"{status}: {content[:200].decode(errors='replace')}")
        return content

    async def _ask(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        place = urlsplit(self.url)
        if self._streams is None:
            self._streams = await asyncio.open_connection(place.hostname, place.port, ssl=self.tls)
        reader, writer = self._streams
        fields = {"Host": place.netloc, "Content-Length": str(len(body)), **self.headers}
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
        found = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        content = await reader.readexactly(int(found["content-length"])) if "content-length" in found else b""
        if found.get("connection", "").lower() == "close" or "content-length" not in found:
            self.close()
        return int(first.split()[1]), content

    def close(self) -> None:
        if self._streams is not None:
            with suppress(OSError, RuntimeError):
                self._streams[1].close()
            self._streams = None


@dataclass(frozen=True)
class Where:
    """The platform: MLflow with a login, the store, and how a request to it is signed beforehand."""

    tracking: str
    login: tuple[str, str]
    experiment: str
    sign: Callable[[str, str], str]
    tls: ssl.SSLContext | None
    models: tuple[str, ...]

    def mlflow(self) -> Wire:
        token = base64.b64encode(":".join(self.login).encode()).decode()
        return Wire(self.tracking, {"Authorization": f"Basic {token}", "Content-Type": "application/json"})


@dataclass
class Ledger:
    """What all clients sent and what was acknowledged. `acknowledgements`: by which server (`tracking` or `store`),
    when it was asked, and when it answered. After `most` requests no run is begun any more."""

    most: int
    sent: set[Write] = field(default_factory=set)
    acknowledged: set[Write] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    requests: int = 0
    acknowledgements: list[tuple[str, float, float]] = field(default_factory=list)

    def first_after(self, moment: float, server: str) -> float | None:
        """When the first write was acknowledged that this server was sent after the moment."""
        seen = list(self.acknowledgements)
        return min((end for at, sent, end in seen if at == server and sent > moment), default=None)


class Writer:
    """One client: a run, its params and metrics, a file, for some a version of it, and the run's end; then the next."""

    def __init__(self, where: Where, ledger: Ledger, number: int, prefix: str) -> None:
        self._where, self._ledger, self._name = where, ledger, f"{prefix}-{number}"
        self._mlflow = where.mlflow()
        self._store: Wire | None = None
        self._model = where.models[number] if number < len(where.models) else None

    async def run(self, ends: asyncio.Event) -> None:
        """One run after the other, until the event or the most requests; the one that is begun is ended."""
        count = 0
        try:
            while not ends.is_set() and self._ledger.requests < self._ledger.most:
                count += 1
                try:
                    await self._one(f"{self._name}-{count}")
                except Refused as refused:
                    self._ledger.refused.append(str(refused))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(ends.wait(), PAUSE)
        finally:
            self._mlflow.close()
            if self._store is not None:
                self._store.close()

    async def _one(self, name: str) -> None:
        now = int(time.time() * 1000)
        asked = {"experiment_id": self._where.experiment, "run_name": name, "start_time": now}
        run = (await self._tracking("runs/create", asked, [Write("run", name, "")]))["run"]["info"]
        params = {"writer": self._name, "digest": hashlib.sha256(name.encode()).hexdigest()}
        metrics = {"loss": 1 / (1 + now % 997), "auc": (now % 991) / 991}
        batch = {
            "run_id": run["run_id"],
            "params": [{"key": key, "value": value} for key, value in params.items()],
            "metrics": [{"key": key, "value": value, "timestamp": now, "step": 1} for key, value in metrics.items()],
        }
        await self._tracking(
            "runs/log-batch", batch,
            [*(Write("param", f"{name} {key}", value) for key, value in params.items()),
             *(Write("metric", f"{name} {key}", repr(value)) for key, value in metrics.items())],
        )  # fmt: skip
        folder = f"{run['artifact_uri']}/model"
        await self._put(f"{folder}/data.bin", hashlib.shake_256(name.encode()).digest(1500))
        if self._model is not None:
            version = {"name": self._model, "source": folder, "run_id": run["run_id"]}
            await self._tracking("model-versions/create", version, [Write("version", folder, self._model)])
        ended = {"run_id": run["run_id"], "status": "FINISHED", "end_time": now}
        await self._tracking("runs/update", ended, [Write("status", name, "FINISHED")])

    async def _tracking(self, call: str, asked: dict[str, Any], writes: list[Write]) -> dict[str, Any]:
        body = json.dumps(asked).encode()
        answered: dict[str, Any] = json.loads(
            await self._write("tracking", self._mlflow, "POST", f"{API}/{call}", body, writes)
        )
        return answered

    async def _put(self, address: str, content: bytes) -> None:
        url = urlsplit(self._where.sign("put_object", address))
        if self._store is None:
            self._store = Wire(f"{url.scheme}://{url.netloc}", {}, self._where.tls)
        write = Write("file", address, hashlib.sha256(content).hexdigest())
        await self._write("store", self._store, "PUT", f"{url.path}?{url.query}", content, [write])

    async def _write(
        self, server: str, wire: Wire, method: str, target: str, body: bytes, writes: list[Write]
    ) -> bytes:
        ledger, sent = self._ledger, time.monotonic()
        ledger.sent.update(writes)
        ledger.requests += 1
        content = await wire.ask(method, target, body)
        ledger.acknowledged.update(writes)
        ledger.acknowledgements.append((server, sent, time.monotonic()))
        return content
