"""The platform that is broken: what writers need of it, what it has stored, and taking that away again."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx

from benchmarks.chaos_client import API, TIMEOUT, Ledger, Where, Writer
from benchmarks.chaos_sets import Write, dangling

READERS = 8
PAGE = 1000


@dataclass(frozen=True)
class Target:
    """`environment`: what `mlops env` tells a plain client."""

    environment: Mapping[str, str]

    @cached_property
    def s3(self) -> Any:
        import boto3
        from botocore.config import Config

        given = self.environment
        return boto3.client(
            "s3", endpoint_url=given["AWS_ENDPOINT_URL_S3"], region_name=given["AWS_DEFAULT_REGION"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"], aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
            verify=given.get("AWS_CA_BUNDLE"), config=Config(
                signature_version="s3v4", s3={"addressing_style": "path"}, max_pool_connections=16
            ),
        )  # fmt: skip

    @cached_property
    def _mlflow(self) -> httpx.Client:
        return httpx.Client(base_url=self.environment["MLFLOW_TRACKING_URI"], auth=self.login, timeout=TIMEOUT)

    @property
    def login(self) -> tuple[str, str]:
        return self.environment["MLFLOW_TRACKING_USERNAME"], self.environment["MLFLOW_TRACKING_PASSWORD"]

    def ask(self, call: str, asked: dict[str, Any], method: str = "POST") -> dict[str, Any]:
        """An answer of MLflow's API; anything but 200 is an error."""
        given: dict[str, Any] = {"params": asked} if method == "GET" else {"json": asked}
        answer = self._mlflow.request(method, f"{API}/{call}", **given)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def pages(self, call: str, key: str, asked: dict[str, Any], method: str) -> Iterator[dict[str, Any]]:
        token = ""
        while True:
            page = self.ask(call, asked | ({"page_token": token} if token else {}), method)
            yield from page.get(key, [])
            if not (token := page.get("next_page_token", "")):
                return

    def prepare(self, name: str, models: int) -> Where:
        """A new experiment, and so many registered models for its versions."""
        experiment = str(self.ask("experiments/create", {"name": name})["experiment_id"])
        names = tuple(f"{name}-{number}" for number in range(models))
        for one in names:
            self.ask("registered-models/create", {"name": one})
        authority = self.environment.get("AWS_CA_BUNDLE")
        tls = ssl.create_default_context(cafile=authority) if authority else None
        return Where(self.environment["MLFLOW_TRACKING_URI"], self.login, experiment, self._sign, tls, names)

    def _sign(self, operation: str, address: str) -> str:
        place = urlsplit(address)
        named = {"Bucket": place.netloc, "Key": place.path.lstrip("/")}
        return str(self.s3.generate_presigned_url(operation, Params=named, ExpiresIn=3600))

    def stored(self, where: Where) -> list[Write]:
        """Everything of the experiment, as a client reads it: each file whole, each value as it is."""
        found = [write for run in self._runs(where.experiment) for write in _of_run(run)]
        place = urlsplit(self.ask("experiments/get", {"experiment_id": where.experiment}, "GET")["experiment"]
                         ["artifact_location"])  # fmt: skip
        found += self._files(place.netloc, place.path.lstrip("/") + "/")
        found += [
            Write("version", one["source"], one["name"]) for one in self._versions() if one["name"] in where.models
        ]
        return found

    def _runs(self, experiment: str) -> Iterator[dict[str, Any]]:
        asked = {"experiment_ids": [experiment], "max_results": PAGE, "run_view_type": "ALL"}
        return self.pages("runs/search", "runs", asked, "POST")

    def _versions(self) -> Iterator[dict[str, Any]]:
        return self.pages("model-versions/search", "model_versions", {"max_results": PAGE}, "GET")

    def _files(self, bucket: str, prefix: str) -> list[Write]:
        def read(key: str) -> Write:
            content = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            return Write("file", f"s3://{bucket}/{key}", hashlib.sha256(content).hexdigest())

        with ThreadPoolExecutor(READERS) as pool:
            return list(pool.map(read, self._keys(bucket, prefix)))

    def _keys(self, bucket: str, prefix: str = "") -> Iterator[str]:
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from (one["Key"] for one in page.get("Contents", []))

    def dangling(self) -> list[str]:
        """Versions of all models whose files the store does not have."""
        sources = {}
        for one in self._versions():
            asked = {"name": one["name"], "version": one["version"]}
            source = one["source"]
            if not source.startswith("s3://"):
                source = self.ask("model-versions/get-download-uri", asked, "GET")["artifact_uri"]
            sources[f"{one['name']} {one['version']}"] = source
        buckets = {urlsplit(source).netloc for source in sources.values()}
        return dangling(sources, (f"s3://{bucket}/{key}" for bucket in buckets for key in self._keys(bucket)))

    def remove(self, where: Where) -> None:
        """Models are gone; runs and files are deleted, and collected with other old ones (`mlops runs prune`)."""
        for name in where.models:
            self.ask("registered-models/delete", {"name": name}, "DELETE")
        self.ask("experiments/delete", {"experiment_id": where.experiment})

    def experiment(self, name: str) -> str:
        return str(self.ask("experiments/get-by-name", {"experiment_name": name}, "GET")["experiment"]["experiment_id"])

    def remove_experiment(self, name: str) -> None:
        self.ask("experiments/delete", {"experiment_id": self.experiment(name)})


def _of_run(run: dict[str, Any]) -> Iterator[Write]:
    name, data = run["info"]["run_name"], run["data"]
    yield Write("run", name, "")
    yield from (Write("param", f"{name} {one['key']}", one["value"]) for one in data.get("params", []))
    yield from (Write("metric", f"{name} {one['key']}", repr(float(one["value"]))) for one in data.get("metrics", []))
    if run["info"]["status"] != "RUNNING":
        yield Write("status", name, run["info"]["status"])


@contextmanager
def writing(where: Where, clients: int, prefix: str, most: int) -> Iterator[Ledger]:
    """So many clients write until the block ends, or until they have sent so many requests; then each ends its run."""
    ledger, loop, ends = Ledger(most), asyncio.new_event_loop(), asyncio.Event()

    async def all_of_them() -> None:
        await asyncio.gather(*(Writer(where, ledger, number, prefix).run(ends) for number in range(clients)))

    failed: list[BaseException] = []

    def run() -> None:
        try:
            loop.run_until_complete(all_of_them())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="writers", daemon=True)
    thread.start()
    try:
        yield ledger
    finally:
        loop.call_soon_threadsafe(ends.set)
        # Each ends the run that it is at, which is five requests.
        thread.join(6 * TIMEOUT)
    assert not thread.is_alive(), "clients do not end"
    loop.close()
    if failed:
        raise failed[0]
