"""The server without a process: an app over a registry that names what a test says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx

from jobs.bundle.fetch import fetch_model
from jobs.bundle.scorer import load_scorer
from jobs.registry.champion import Champion, NoChampionError
from jobs.serving.app import App
from jobs.serving.inference_log import InferenceLog
from jobs.serving.metrics import Metrics
from jobs.serving.model import ModelHolder
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
    """An app with its parts within reach."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.metrics = Metrics()
        self.holder = ModelHolder(
            lambda: self.registry.read("churn-classifier", "champion"),
            fetch_model,
            load_scorer,
            lambda served: self.metrics.model(served.champion.model, served.champion.version, served.champion.digest),
        )
        self.settings = ServingSettings(max_body_bytes=64 * 1024, max_rows=50)
        self.app = App(self.settings, self.holder, self.metrics)

    def keep(self, log: InferenceLog) -> None:
        """Predictions go to this log from now on."""
        self.app = App(self.settings, self.holder, self.metrics, log)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())
