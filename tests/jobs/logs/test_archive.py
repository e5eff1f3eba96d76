"""An archive holds what the pods have said, says what it does not hold, and never writes over anything."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.cluster.access import Access
from jobs.cluster.look import Look
from jobs.datasets.shelf import shelf_of
from jobs.errors import DataError
from jobs.logs.archive import archive
from jobs.logs.read import sources
from tests.jobs.logs.cluster import Cluster, Pod, at, cluster
from tests.jobs.support import example_words, mlops

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def incident(tmp_path: Path) -> Iterator[Cluster]:
    """A server that restarted, one that is well, one that says nothing, one that has never started."""
    with cluster(tmp_path) as fake:
        fake.pods |= {
            "mlflow-a": Pod("mlflow", [f"{at()} up again"], before=[f"{at()} one", f"{at()} FATAL"], restarts=1),
            "store-0": Pod("store", [f"{at()} GET é", f"{at()} PUT"]),
            "quiet": Pod("gateway"),
            "new": Pod("gateway", waits="ImagePullBackOff"),
        }
        yield fake


def run(incident: Cluster, *words: str) -> tuple[int, dict[str, object]]:
    said = mlops("logs", "archive", *words, "--kubeconfig", str(incident.kubeconfig), "--json")
    return said.code, said.json


def test_every_log_is_kept_with_its_digest_and_what_is_missing_is_named(incident: Cluster, tmp_path: Path) -> None:
    code, said = run(incident, str(tmp_path / "logs"))
    assert code == 0
    place = Path(str(said["place"]))
    manifest = json.loads((place / "manifest.json").read_text())
    assert {one["file"]: one["lines"] for one in manifest["files"]} == {
        "ml-platform/mlflow-a/server.log.gz": 1,
        "ml-platform/mlflow-a/server.previous.log.gz": 2,
        "ml-platform/store-0/server.log.gz": 2,
    }
    for one in manifest["files"]:
        content = (place / one["file"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["bytes"], one["sha256"])
        lines = gzip.decompress(content).decode().splitlines()
        assert (len(lines), lines[0][:30], lines[-1][:30]) == (one["lines"], one["first"], one["last"])
    store = gzip.decompress((place / "ml-platform/store-0/server.log.gz").read_bytes()).decode()
    assert store.splitlines() == incident.pods["store-0"].lines
    assert {one["pod"]: one["why"] for one in manifest["without"]} == {
        "quiet": "no line since",
        "new": "has not started: ImagePullBackOff",
    }


def test_a_log_that_is_there_and_cannot_be_read_is_exit_1_and_the_others_are_kept(
    incident: Cluster, tmp_path: Path
) -> None:
    incident.pods["store-0"].broken = True
    code, said = run(incident, str(tmp_path / "logs"), "--service", "store")
    assert (code, said["files"]) == (1, [])
    words = ("logs", "archive", str(tmp_path / "all"), "--kubeconfig", str(incident.kubeconfig))
    told = mlops(*words)
    assert (told.code, "2 logs, 3 lines" in told.out, "1 could not be read" in told.out) == (1, True, True)


def test_the_example_keeps_them_beside_an_earlier_one(
    incident: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    earlier = tmp_path / "logs-of-the-incident" / "2026-11-28T12-00-00Z" / "manifest.json"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("{}")
    assert mlops(*example_words("logs archive"), "--kubeconfig", str(incident.kubeconfig)).code == 0
    assert earlier.read_text() == "{}"
    assert len(list((tmp_path / "logs-of-the-incident").iterdir())) == 2


@pytest.mark.parametrize("kind", ["folder", "store"])
def test_nothing_is_written_over(kind: str, incident: Cluster, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if kind == "store":
        request.getfixturevalue("store")
    shelf = shelf_of("s3://backups/logs" if kind == "store" else str(tmp_path / "logs"))
    look = Look(Access(str(incident.kubeconfig), None))
    chosen = sources(look, None)
    archive(look, chosen, shelf, timedelta(hours=1), NOW, print)
    before = {key: shelf.read(key) for key in shelf.list_keys()}
    assert "2026-11-29T12-00-00Z/manifest.json" in before
    incident.write("store-0", "later")
    with pytest.raises(DataError, match="there is an archive of this second already"):
        archive(look, chosen, shelf, timedelta(hours=1), NOW, print)
    assert {key: shelf.read(key) for key in shelf.list_keys()} == before


def test_one_that_was_interrupted_has_no_manifest(incident: Cluster, tmp_path: Path) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    shelf = shelf_of(str(tmp_path / "logs"))
    look = Look(Access(str(incident.kubeconfig), None))
    with pytest.raises(KeyboardInterrupt):
        archive(look, sources(look, None), shelf, timedelta(hours=1), NOW, interrupt)
    assert shelf.list_keys() == ["2026-11-29T12-00-00Z/ml-platform/mlflow-a/server.log.gz"]


@pytest.mark.parametrize(("to", "words"), [("s3:logs", "not an address in the store"), ("s3://", "not an address")])
def test_a_place_that_is_none_is_refused_before_anything_is_asked(incident: Cluster, to: str, words: str) -> None:
    said = mlops("logs", "archive", to, "--kubeconfig", str(incident.kubeconfig))
    assert (said.code, words in said.err, incident.asked) == (2, True, [])
