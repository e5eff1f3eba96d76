"""Claims about manifests as they lie: older ones are read, malformed ones refused by the place, and what one takes."""

from __future__ import annotations

import dataclasses
import json
import random
import tracemalloc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest

from jobs.backup import buckets, document, rotate, take
from jobs.backup.errors import BackupError
from jobs.backup.manifest import SETS, Manifest, key_of, parse
from jobs.backup.packer import Known
from jobs.backup.retention import Keep
from jobs.backup.seal import Sealer
from jobs.backup.sets import Sets
from jobs.restore import buckets as filling
from tests.jobs.backup.small import TIME, Memory, small

# As sets have been written since there are any.
OLD: dict[str, Any] = {
    "buckets": [
        {
            "name": "mlflow-artifacts",
            "objects": [
                {
                    "content": {
                        "bytes": 5,
                        "chunks": [{"bytes": 5, "offset": 7, "pack": 0, "sha256": "a" * 64}],
                        "sha256": "a" * 64,
                    },
                    "etag": "e",
                    "key": "1/\u00fc \U0001f642",
                    "version": "v",
                },
                {
                    "content": {"bytes": 0, "sha256": "e" * 64},
                    "etag": "",
                    "key": "2",
                    "kind": "text/plain",
                    "metadata": {"of": "it"},
                    "version": "null",
                },
            ],
            "purpose": "artifacts",
        }
    ],
    "configuration": [],
    "databases": [],
    "format": 1,
    "models": [],
    "packs": [{"bytes": 9, "raw": 12, "recipients": ["age1"], "sha256": "b" * 64}],
    "parent": None,
    "programs": {"python": "3.11.7"},
    "skew": 0.25,
    "time": "2026-11-21T02:00:05Z",
}
Change = Callable[[dict[str, Any]], object]


def written(tree: object) -> bytes:
    return json.dumps(tree, sort_keys=True, indent=0).encode() + b"\n"


def parsed(content: bytes) -> Manifest:
    return parse(key_of(content, TIME), content)


def changed(change: Change) -> bytes:
    tree = json.loads(json.dumps(OLD))
    change(tree["buckets"][0]["objects"][0])
    return written(tree)


def many(objects: int) -> bytes:
    """A manifest of objects that are named as MLflow's are."""
    draw = random.Random(1)

    def one(number: int) -> dict[str, Any]:
        sha256 = draw.randbytes(32).hex()
        chunk = {"bytes": 65_536, "offset": 65_536 * (number % 256), "pack": number // 256, "sha256": sha256}
        return {
            "content": {"bytes": 65_536, "chunks": [chunk], "sha256": sha256}, "etag": draw.randbytes(16).hex(),
            "key": f"1/{draw.randbytes(16).hex()}/artifacts/model/MLmodel", "version": draw.randbytes(13).hex(),
        }  # fmt: skip

    packs = [
        {"bytes": 1, "raw": 16_777_216, "recipients": ["age1"], "sha256": draw.randbytes(32).hex()}
        for _ in range(objects // 256 + 1)
    ]
    listed = [{"name": "mlflow-artifacts", "objects": [one(n) for n in range(objects)], "purpose": "artifacts"}]
    return written({**OLD, "buckets": listed, "packs": packs})


def test_an_older_manifest_is_read_and_written_as_it_was() -> None:
    content = written(OLD)
    manifest = parsed(content)
    first, second = manifest.buckets[0].objects
    assert (first.kind, first.encoding, first.metadata, first.content.chunks[0].offset) == (
        "binary/octet-stream", "", {}, 7,
    )  # fmt: skip
    assert (second.kind, second.metadata, second.content.chunks) == ("text/plain", {"of": "it"}, ())
    assert manifest.to_bytes() == content


def test_an_encoding_stands_in_it_where_there_is_one() -> None:
    content = changed(lambda one: one.update(encoding="gzip"))
    assert [one.encoding for one in parsed(content).buckets[0].objects] == ["gzip", ""]
    assert parsed(content).to_bytes() == content


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one: one.update(colour="red"), "buckets.0.objects.0.colour: Unexpected"),
        (lambda one: one.update(key=""), "buckets.0.objects.0.key: String should have at least 1"),
        (lambda one: one.pop("etag"), "buckets.0.objects.0.etag: Field required"),
        (lambda one: one.update(metadata={"a": 1}), "buckets.0.objects.0.metadata.a: "),
        (lambda one: one["content"].update(sha256="A" * 64), "buckets.0.objects.0.content.sha256: String should match"),
        (lambda one: one["content"]["chunks"][0].update(pack=-1), "buckets.0.objects.0.content.chunks.0.pack: Input"),
        (lambda one: one["content"]["chunks"].append(1), "buckets.0.objects.0.content.chunks.1: Input"),
        (lambda one: one.update(key="\ud800"), "Invalid JSON: 'utf-8' codec can't encode"),
        (lambda one: one["content"]["chunks"][0].update(pack=1), "is in no pack"),
        (lambda one: one.update(key="2"), "an object stands twice: 2"),
    ],
)
def test_a_malformed_object_is_refused_by_its_place(change: Change, told: str) -> None:
    with pytest.raises(BackupError) as refused:
        parsed(changed(change))
    assert told in " ".join(refused.value.details)


@pytest.mark.parametrize(
    "content",
    [
        b"", b" ", b"{", b'{"buckets"', b'{"buckets": [{"objects": [{"key": ', b'{"buckets": [,]}',
        b'{"buckets": [] 1}',
        b'{1: 2}', b'{"buckets": [],}', b"[" * 100_000, b'{"buckets": ' + b"[" * 100_000, b'{"buckets": [1]}', b"[]",
        b'{"buckets": {"objects": []}}', b'{"buckets": [{"objects": {}}]}', b"\xff", written(OLD) + b"{}",
        b"\xef\xbb\xbf" + written(OLD), written(OLD)[:-3], written({**OLD, "buckets": None}),
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(BackupError, match="cannot be read"):
        parsed(content)


def test_contents_that_do_not_add_up_and_a_time_that_is_another_are_refused() -> None:
    manifest = small().manifest
    (database,) = manifest.databases
    for other, problem in (({"bytes": database.before.bytes + 1}, "are not"), ({"sha256": 64 * "f"}, "its only chunk")):
        changed = database.model_copy(update={"before": dataclasses.replace(database.before, **other)})
        content = manifest.model_copy(update={"databases": (changed,)}).to_bytes()
        with pytest.raises(BackupError, match="contradicts itself") as refused:
            parse(key_of(content, TIME), content)
        assert any(problem in one for one in refused.value.details)
    content = manifest.to_bytes()
    with pytest.raises(BackupError, match="contradicts itself") as refused:
        parse(key_of(content, TIME + timedelta(days=1)), content)
    assert refused.value.details == (f"its time is {TIME.isoformat()}",)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 4096])
def test_a_document_is_read_alike_wherever_its_blocks_end(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "BLOCK", block)
    tree = {
        "a": [{"b": [12, -1.5e-7, 0.5, 2e30, '\\"\u00fc\U0001f642', [1], {"b": None}], "c": 345}, {"b": []}, 6],
        "": {},
        "d": 78,
    }
    made: list[document.Place] = []

    def one(found: Any, place: document.Place) -> Any:
        made.append(place)
        return found

    for content in (json.dumps(tree), json.dumps(tree, ensure_ascii=False, indent=1), "-1.5e-7", '"\u00fc"', " [ ] "):
        made.clear()
        assert document.read(content.encode(), ("a", "*", "b", "*"), one) == json.loads(content)
        assert len(made) == (7 if "a" in content else 0)
    assert document.read(json.dumps(tree).encode(), ("d",), one) == tree
    assert made == [("d",)]


def test_an_object_takes_less_than_a_kib() -> None:
    objects = 2_000
    content = many(objects)
    parsed(content)
    tracemalloc.start()
    try:
        manifest = parsed(content)
        held, most = (taken / objects for taken in tracemalloc.get_traced_memory())
        tracemalloc.reset_peak()
        again = len(manifest.to_bytes())
        writing = (tracemalloc.get_traced_memory()[1] - again) / objects - held
    finally:
        tracemalloc.stop()
    assert again == len(content)
    # At the most with what is decoded at a time, and besides the content.
    assert (held < 768, most < 1024, writing < 256) == (True, True, True), (held, most, writing)


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Manifests in memory, as often as one is read or written."""
    seen: list[weakref.ref[Manifest]] = []
    counts: list[int] = []
    read, write = Sets.read, Sets.write

    def count() -> None:
        counts.append(sum(one() is not None for one in seen))

    def reading(sets: Sets, entry: Any) -> Manifest:
        count()
        found = read(sets, entry)
        seen.append(weakref.ref(found))
        return found

    def writing(sets: Sets, manifest: Manifest) -> Any:
        count()
        return write(sets, manifest)

    monkeypatch.setattr(Sets, "read", reading)
    monkeypatch.setattr(Sets, "write", writing)
    return counts


def test_a_rotation_has_one_manifest_at_a_time(alive: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Memory()
    for days in range(4):
        small(days, shelf, TIME - timedelta(days=days))
    alive.clear()
    monkeypatch.setattr(rotate, "_place", lambda *_: Mock(listed=list, free=list, locked=[]))
    planned = rotate.plan(Sets(shelf), Keep(), TIME)
    assert (len(planned.kept), alive) == (4, [0, 0, 0, 0])


def test_a_backup_that_writes_has_let_go_of_the_set_before(alive: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    before = small()
    alive.clear()
    base = before.manifest.databases[0].model_copy(update={"time": TIME + timedelta(days=1)})
    monkeypatch.setattr(take, "_databases", lambda *_: ((base,), (), 0.0))
    found = [buckets.Seen(one.key, one.version, one.etag, 700) for one in before.manifest.buckets[0].objects]

    def seen(name: str, since: datetime, then: datetime | None) -> list[buckets.Seen]:
        assert (since, then) == (base.time, None)
        return found if name == "mlflow-artifacts" else []

    monkeypatch.setattr(buckets, "seen", seen)
    sealer = Sealer(before.manifest.packs[0].recipients)
    taken = take.take(Sets(before.shelf), sealer, ["mlflow"], None, lambda _: None)
    assert taken.written == 0
    assert alive == [0, 0]


def test_what_would_not_be_read_is_not_written() -> None:
    one = small()
    with pytest.raises(BackupError, match="contradicts itself"):
        Sets(one.shelf).write(one.manifest.model_copy(update={"packs": ()}))
    assert one.shelf.list_keys(SETS) == [one.entry.key]


def test_a_manifest_that_the_store_gives_back_otherwise_is_told() -> None:
    class Lying(Memory):
        def read(self, key: str) -> bytes:
            return super().read(key)[:-1] if key.startswith(SETS) else super().read(key)

    with pytest.raises(BackupError, match="does not give back the manifest"):
        small(shelf=Lying())


def test_only_so_many_objects_wait_for_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    pooled = ThreadPoolExecutor.map

    def map_(pool: Any, call: Any, found: Any) -> Any:
        asked.append(len(found))
        return pooled(pool, call, found)

    monkeypatch.setattr(ThreadPoolExecutor, "map", map_)
    one = small()
    bucket = one.manifest.buckets[0]
    monkeypatch.setattr(buckets, "WAITING", 2)
    for place in (buckets, filling):
        monkeypatch.setattr(place, "client", Mock())
    found = [buckets.Seen(stored.key, "", "", 700) for stored in bucket.objects]
    monkeypatch.setattr(buckets, "seen", lambda *_: found)
    stored = {stored.key: stored for stored in bucket.objects}
    monkeypatch.setattr(buckets, "_read", lambda _, one, __: stored[one.key])
    assert buckets.capture("artifacts", TIME, None, Known(), Mock()) == bucket
    put: list[str] = []
    monkeypatch.setattr(filling, "ensure", Mock())
    monkeypatch.setattr(filling, "_put", lambda _, one, __: put.append(one.key))
    filling.fill(filling.Filling(bucket, "a", bucket.objects, (), 0), Mock(), print)
    assert (sorted(put), asked) == (sorted(stored), [2] * len(stored))
