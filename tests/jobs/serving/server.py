"""The server in a thread, over a registry that names what a test says."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import uvloop

from jobs.bundle.fetch import fetch_model
from jobs.bundle.scorer import load_scorer
from jobs.registry.champion import Champion, NoChampionError
from jobs.serving.app import App
from jobs.serving.connection import Connection
from jobs.serving.hub import Hub
from jobs.serving.inference_log import InferenceLog
from jobs.serving.metrics import Metrics
from jobs.serving.model import ModelHolder
from jobs.serving.server import listen
from jobs.serving.settings import ServingSettings
from jobs.training.experiment import Trained


class Registry:
    """A registry that names what a test says; None: no champion."""

    def __init__(self) -> None:
        self.champion: Champion | None = None

    def read(self, model: str, alias: str) -> Champion:
        if self.champion is None:
            raise NoChampionError("the registry does not know this", given=f"{model}@{alias}")
        return self.champion

    def name(self, trained: Trained, version: str, folder: Path) -> Champion:
        place = folder / version / "artifacts"
        if not place.exists():
            place.mkdir(parents=True)
            (place / "bundle").symlink_to(trained.folder)
        self.champion = Champion("churn-classifier", version, trained.digest, str(folder / version))
        return self.champion


class Server:
    """A server on a port of this machine, without the process: what it serves is refreshed by hand."""

    def __init__(self, **settings: Any) -> None:
        self.registry = Registry()
        self.metrics = Metrics()
        self.holder = ModelHolder(
            lambda: self.registry.read("churn-classifier", "champion"),
            fetch_model,
            load_scorer,
            lambda served: self.metrics.model(served.champion.model, served.champion.version, served.champion.digest),
        )
        self.settings = ServingSettings(**{"max_body_bytes": 64 * 1024, "max_rows": 50, **settings})
        self.app = App(self.settings, self.holder, self.metrics)
        self.hub = Hub(
            self.settings, self.metrics, lambda asked: self.app.handle(asked), lambda refusal: self.app.refuse(refusal)
        )
        self.loop = uvloop.new_event_loop()
        self.port = 0
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def keep(self, log: InferenceLog) -> None:
        """Predictions go to this log from now on."""
        self.app = App(self.settings, self.holder, self.metrics, log)

    def start(self) -> None:
        self._thread.start()
        assert self._listening.wait(30)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(30)
        self.app.close()

    def _run(self) -> None:
        listening = listen("127.0.0.1", 0)
        self.port = listening.getsockname()[1]
        self.hub.tick()
        sweeper = self.loop.create_task(self.hub.sweep())
        self.loop.run_until_complete(self.loop.create_server(lambda: Connection(self.hub), sock=listening))
        self.loop.call_soon(self._listening.set)
        self.loop.run_forever()
        sweeper.cancel()
        self.loop.run_until_complete(asyncio.wait([sweeper]))
        self.loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return httpx.request(method, self.url + path, timeout=20, **options)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def on_loop(self, what: Callable[[], Any]) -> Any:
        """Runs it where requests are answered → its value."""

        async def run() -> Any:
            return what()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(20)
