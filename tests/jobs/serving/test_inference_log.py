"""The server keeps what it answered, and never waits for it."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import jobs.store
from jobs.bundle.scorer import Scorer
from jobs.datasets.table import Table
from jobs.errors import ConfigError, UnreachableError
from jobs.registry.champion import Champion
from jobs.serving.answer import Answer, predict
from jobs.serving.inference_log import InferenceLog, Limits
from jobs.serving.inference_log_line import Entry, lines
from jobs.serving.inference_log_place import check, key, write
from jobs.serving.request_id import request_id
from jobs.serving.served import Served
from tests.jobs.serving.server import Server

SOON = Limits(seconds=0.01, rows=1000, bytes=1 << 20, queue_bytes=1 << 20)
AT_THE_END = Limits(seconds=3600, rows=10**6, bytes=1 << 30, queue_bytes=1 << 30)
ANSWER = Answer("application/json", b'{"predictions":[{"probability":0.25,"label":"No"}]}', 1)


class Writes:
    """What was written, and a way to wait for it; fails while `down`."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.attempts = 0
        self.down = False
        self.changed = threading.Condition()

    def __call__(self, place: str, name: str, content: bytes) -> None:
        with self.changed:
            self.attempts += 1
            self.changed.notify_all()
            if self.down:
                raise UnreachableError("a server does not answer", given=place)
            self.objects[name] = content

    def wait(self, condition: Callable[[], object]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, timeout=20)

    def lines(self) -> list[Any]:
        return [line for name in sorted(self.objects) for line in read(self.objects[name])]


class Counts:
    written = dropped = 0

    def add_written(self, rows: int) -> None:
        self.written += rows

    def add_dropped(self, rows: int) -> None:
        self.dropped += rows


def read(content: bytes) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(content).splitlines()]


def log_to(writes: Any, limits: Limits = SOON, counts: Counts | None = None) -> InferenceLog:
    counts = counts or Counts()
    return InferenceLog("s3://log", limits, counts.add_written, counts.add_dropped, writes)


@pytest.fixture
def served(scorer: Scorer) -> Served:
    return Served(Champion("churn-classifier", "3", "d1", "nowhere"), scorer)


@pytest.fixture
def writes() -> Writes:
    return Writes()


@pytest.fixture
def log(writes: Writes) -> Iterator[InferenceLog]:
    made = log_to(writes)
    made.start()
    yield made
    made.stop()


def test_every_answered_row_is_kept_with_model_features_and_answer(ready: Server, telco: Table, writes: Writes) -> None:
    log = log_to(writes, AT_THE_END)
    ready.keep(log)
    records = telco.records(range(3))
    answer = ready.request("POST", "/predict", json={"records": records}, headers={"x-request-id": "order-7"})
    assert answer.headers["x-request-id"] == "order-7"
    log.start()
    log.stop()
    model, request = writes.lines()
    version = ready.request("GET", "/version").json()
    assert {name: model[name] for name in ("model", "version", "digest")} == {
        name: version[name] for name in ("model", "version", "digest")
    }
    assert model["features"]["tenure"] == "numeric"
    assert model["features"]["contract"] == "categorical"
    assert (request["request"], request["given"]["records"]) == ("order-7", records)
    assert request["answer"]["predictions"] == answer.json()["predictions"]
    assert request["time"].endswith("+00:00")


def test_the_answer_to_a_copied_request_is_kept_apart(ready: Server, telco: Table, writes: Writes) -> None:
    log = log_to(writes, AT_THE_END)
    ready.keep(log)
    for headers in ({}, {"x-mlops-shadow": "true"}, {}):
        body = {"records": telco.records(range(1))}
        ready.request("POST", "/predict", json=body, headers={"x-request-id": "order-7", **headers})
    log.start()
    log.stop()
    copied = [name for name in writes.objects if name.startswith("shadow/churn-classifier/")]
    served = [name for name in writes.objects if name.startswith("churn-classifier/")]
    assert (len(copied), len(served)) == (1, 2)
    assert all(len(read(content)) == 2 for content in writes.objects.values())


def test_what_was_refused_is_not_kept_but_has_an_id(ready: Server, writes: Writes) -> None:
    log = log_to(writes, AT_THE_END)
    ready.keep(log)
    refused = ready.request("POST", "/predict", json={"records": [{}]})
    assert (refused.status_code, len(refused.headers["x-request-id"])) == (422, 32)
    log.start()
    log.stop()
    assert writes.attempts == 0
    assert "x-request-id" not in ready.request("GET", "/ready").headers


def test_csv_is_kept_as_text(ready: Server, scorer: Scorer, telco: Table, writes: Writes) -> None:
    log = log_to(writes, AT_THE_END)
    ready.keep(log)
    record = telco.record(0)
    text = ",".join(str(record[name]) for name in scorer.manifest.features.names)
    headers = {"content-type": "text/csv", "accept": "text/csv"}
    answer = ready.request("POST", "/invocations", content=text.encode(), headers=headers)
    assert answer.status_code == 200
    log.start()
    log.stop()
    _, request = writes.lines()
    assert (request["given"], request["answer"]) == (text, answer.text)


@pytest.mark.parametrize(
    ("limits", "requests"),
    [
        (Limits(seconds=0.01, rows=10**6, bytes=1 << 30, queue_bytes=1 << 30), 1),
        (Limits(seconds=0.05, rows=3, bytes=1 << 30, queue_bytes=1 << 30), 3),
        (Limits(seconds=3600, rows=10**6, bytes=800, queue_bytes=1 << 30), 3),
    ],
)
def test_an_object_is_written_by_time_rows_or_bytes(
    served: Served, writes: Writes, limits: Limits, requests: int
) -> None:
    log = log_to(writes, limits)
    for number in range(requests):
        log.put(f"r{number}", served, "application/json", b'{"records":[{}]}', ANSWER)
    log.start()
    writes.wait(lambda: len(writes.objects) == 1)
    log.stop()
    assert [line["request"] for line in writes.lines()[1:]] == [f"r{number}" for number in range(requests)]


def test_while_the_store_is_down_nothing_grows_and_every_loss_is_counted(served: Served, writes: Writes) -> None:
    counts = Counts()
    writes.down = True
    log = log_to(writes, Limits(seconds=0.01, rows=10**6, bytes=1 << 20, queue_bytes=5_000), counts)
    log.start()
    log.put("first", served, "application/json", b"{}", ANSWER)
    writes.wait(lambda: writes.attempts)
    for number in range(1000):
        log.put(f"r{number}", served, "application/json", b"{}", ANSWER)
    kept = 1000 - counts.dropped
    assert 0 < kept < 20
    writes.down = False
    writes.wait(lambda: writes.objects)
    log.stop()
    assert (counts.written, counts.dropped) == (1 + kept, 1000 - kept)
    requests = [line["request"] for line in writes.lines() if "request" in line]
    assert requests == ["first", *(f"r{number}" for number in range(kept))]


def test_a_store_that_hangs_keeps_no_request_waiting(ready: Server, telco: Table) -> None:
    hanging, let_go = threading.Event(), threading.Event()

    def write_slowly(*_: object) -> None:
        hanging.set()
        assert let_go.wait(30)

    log = log_to(write_slowly)
    log.start()
    ready.keep(log)
    body = {"records": telco.records(range(1))}
    assert ready.request("POST", "/predict", json=body).status_code == 200
    assert hanging.wait(20)
    answers = [ready.request("POST", "/predict", json=body).status_code for _ in range(20)]
    assert answers == [200] * 20
    log.stop(seconds=0.05)
    assert log._thread.is_alive()
    let_go.set()
    log._thread.join(20)


def test_an_object_holds_one_hour_and_lies_under_it(
    served: Served, writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTNAME", "model-server-abc")
    log = log_to(writes, AT_THE_END)
    for request, hour in (("a", 0), ("b", 0), ("c", 1)):
        monkeypatch.setattr(time, "time", lambda hour=hour: 1_800_000_000.0 + 3600 * hour)
        log.put(request, served, "application/json", b"{}", ANSWER)
    log.start()
    log.stop()
    first, second = sorted(writes.objects)
    assert first.startswith("churn-classifier/2027/01/15/08/model-server-abc-")
    assert second.startswith("churn-classifier/2027/01/15/09/model-server-abc-")
    assert [line["request"] for line in read(writes.objects[first])[1:]] == ["a", "b"]


def test_a_second_life_of_a_pod_writes_over_nothing(served: Served, writes: Writes) -> None:
    for _ in range(2):
        log = log_to(writes)
        log.put("r", served, "application/json", b"{}", ANSWER)
        log.start()
        log.stop()
        before = time.time()
        while int(time.time() * 1000) == int(before * 1000):
            pass
    assert len(writes.objects) == 2


def test_a_mistake_in_one_batch_does_not_end_the_log(served: Served, writes: Writes) -> None:
    counts = Counts()
    log = log_to(writes, Limits(seconds=0.01, rows=1, bytes=1 << 20, queue_bytes=1 << 20), counts)
    log.put("bad", served, "application/json", b"\xff\xfe\xff", Answer("application/json", b"{}", 5))
    log.put("good", served, "application/json", b"{}", ANSWER)
    log.start()
    writes.wait(lambda: writes.objects)
    log.stop()
    assert [line["request"] for line in writes.lines()[1:]] == ["good"]
    assert (counts.written, counts.dropped) == (1, 5)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    space=st.sampled_from(["", " ", "\n", "\r\n", "\t"]),
    extra=st.text(max_size=20),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]),
)
def test_whatever_json_the_server_takes_is_one_line_that_says_the_same(
    served: Served, telco: Table, space: str, extra: str, encoding: str
) -> None:
    given = {"records": [{**telco.record(0), "extra": extra, extra: 1}]}
    body = json.dumps(given, indent=space, ensure_ascii=False).encode(encoding, "surrogatepass")
    answer = predict(served, "application/json", body, 10)
    written = lines([Entry(0.0, "r", served, "application/json", body, answer.content_type, answer.body, 1)])
    assert written.endswith(b"\n")
    model, request = (json.loads(line) for line in written.split(b"\n")[:-1])
    assert model["version"] == "3"
    assert request["given"] == given


@pytest.mark.parametrize("given", [b"", b"a b", b"x" * 129, b"a/b", "é".encode(), b'"', b"a\nb"])
def test_an_id_that_could_break_a_key_or_a_line_is_not_taken(given: bytes) -> None:
    ids = {request_id({b"x-request-id": given}) for _ in range(2)}
    assert len(ids) == 2
    assert given.decode("latin-1") not in ids


@pytest.mark.usefixtures("store")
def test_objects_go_to_the_store(served: Served) -> None:
    log = InferenceLog("s3://inference-logs", AT_THE_END, lambda _: None, lambda _: None)
    log.put("r", served, "application/json", b'{"records":[{}]}', ANSWER)
    log.start()
    log.stop(seconds=20)
    ((url, _),) = jobs.store.list_objects("s3://inference-logs/churn-classifier/")
    assert read(jobs.store.read_object(url))[1]["request"] == "r"


def test_objects_in_a_folder_are_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = key("m", 0.0, "pod", 1)
    assert name == "m/1970/01/01/00/pod-000001.jsonl.gz"
    write(str(tmp_path), name, b"content")
    assert (tmp_path / name).read_bytes() == b"content"

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target), str(self))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write(str(tmp_path), key("m", 0.0, "pod", 2), b"content")
    assert [path.name for path in tmp_path.rglob("*.gz") if not path.name.startswith(".")] == ["pod-000001.jsonl.gz"]


def test_an_address_that_is_none_is_refused_at_the_start() -> None:
    assert check("s3://inference-logs/") == "s3://inference-logs"
    assert check("logs/") == "logs"
    for wrong in ("s3://", "http://store/bucket"):
        with pytest.raises(ConfigError):
            check(wrong)
