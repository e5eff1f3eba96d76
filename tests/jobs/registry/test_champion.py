"""Which version a place serves, asked of a real registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from jobs.errors import RegistryError, UnreachableError
from jobs.registry.champion import ChampionReader, NoChampionError
from jobs.settings import TrackingSettings
from tests.jobs.support import free_port

MODEL = "churn-classifier"


@pytest.fixture
def reader(registry: str) -> ChampionReader:
    return ChampionReader(TrackingSettings(uri=registry))


@pytest.fixture
def point(registry: str) -> Any:
    """Moves an alias as nobody of ours would: without a gate. What it set goes with the test."""
    from mlflow import MlflowClient

    client, made = MlflowClient(registry), []

    def move(alias: str, version: str) -> None:
        made.append(alias)
        client.set_registered_model_alias(MODEL, alias, version)

    yield move
    for alias in made:
        client.delete_registered_model_alias(MODEL, alias)


def test_a_place_without_an_alias_of_its_own_serves_the_champion(reader: ChampionReader) -> None:
    assert reader.at(MODEL, "champion", "lambda") == reader.read(MODEL, "champion")
    assert reader.at(MODEL, "champion").version == "1"


def test_the_alias_of_a_place_goes_before_the_champion(
    reader: ChampionReader, point: Callable[[str, str], None]
) -> None:
    point("champion-lambda", "2")
    assert reader.at(MODEL, "champion", "lambda").version == "2"
    assert reader.at(MODEL, "champion", "sagemaker").version == "1"
    assert reader.at(MODEL, "champion").version == "1"


def test_a_pinned_version_is_served_whatever_the_aliases_name(
    reader: ChampionReader, point: Callable[[str, str], None]
) -> None:
    point("champion-green", "1")
    pinned = reader.at(MODEL, "champion", "green", "2")
    assert (pinned.version, len(pinned.digest)) == ("2", 64)
    assert pinned.location != reader.read(MODEL, "champion").location


def test_an_alias_that_nobody_has_is_told_from_a_pin_that_leads_nowhere_and_from_a_registry_that_is_away(
    reader: ChampionReader,
) -> None:
    with pytest.raises(NoChampionError):
        reader.at(MODEL, "nobody", "lambda")
    with pytest.raises(RegistryError, match="does not know") as missing:
        reader.at(MODEL, "champion", "lambda", "99")
    assert not isinstance(missing.value, NoChampionError)
    away = ChampionReader(TrackingSettings(uri=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(UnreachableError, match="does not answer"):
        away.at(MODEL, "champion", "lambda")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, RegistryError, "refuses these credentials"),
        (403, RegistryError, "refuses these credentials"),
        (500, UnreachableError, "the registry fails"),
        (302, UnreachableError, "gives no answer"),
    ],
)
def test_an_answer_that_is_none_is_no_missing_champion(status: int, kind: type[Exception], words: str) -> None:
    with answering(status) as (uri, asked):
        reader = ChampionReader(TrackingSettings(uri=uri, username="serving", password="s3cret"))
        with pytest.raises(kind, match=words) as refused:
            reader.read(MODEL, "champion")
    assert not isinstance(refused.value, NoChampionError)
    assert asked == ["Basic c2VydmluZzpzM2NyZXQ="]


@contextmanager
def answering(status: int) -> Iterator[tuple[str, list[str | None]]]:
    """A server that says this to everything, and would lead elsewhere; who asked, by their authorization."""
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Location", f"http://127.0.0.1:{server.server_port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Standard error belongs to the test."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
