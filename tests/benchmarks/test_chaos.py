"""What the kill tests rest on: sets that are compared value by value, clients that count what was acknowledged only,
and nobody else's platform."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.chaos_client import Ledger, Refused, Where, Wire, Writer
from benchmarks.chaos_sets import Round, Write, compare, dangling, table
from benchmarks.chaos_target import Pod, Victim, allowed
from local.cluster.instance import Instance
from local.errors import LocalError

SENT = {Write("metric", f"run-{n} auc", str(n / 7)) for n in range(100)}
KEPT = sorted(SENT)[:90]
MINE = Instance("local", 3, Path("/cache/instances/local"))
API = "https://10.213.3.2:6443"


def test_what_was_sent_and_not_acknowledged_may_be_there_or_not() -> None:
    assert compare(KEPT, SENT, KEPT).problems == []
    assert compare(KEPT, SENT, sorted(SENT)).problems == []


@pytest.mark.parametrize("lost", KEPT[::30])
def test_one_lost_write_is_found(lost: Write) -> None:
    found = compare(KEPT, SENT, [one for one in KEPT if one != lost])
    assert (found.lost, found.strange) == ((lost,), ())


def test_another_value_is_lost_and_strange_though_the_count_is_the_same() -> None:
    changed = KEPT[5]._replace(value="0.5")
    found = compare(KEPT, SENT, [changed, *KEPT[:5], *KEPT[6:]])
    assert (found.lost, found.strange) == ((KEPT[5],), (changed,))


def test_what_is_stored_twice_or_was_never_sent_is_strange() -> None:
    never = Write("run", "of-nobody", "")
    assert compare(KEPT, SENT, [*KEPT, KEPT[7], never]).strange == tuple(sorted((KEPT[7], never)))


def test_one_registered_version_without_files_is_found() -> None:
    sources = {"m 1": "s3://b/1/a/model", "m 2": "s3://b/1/b/model/", "m 3": "s3://b/1/bb/model"}
    objects = ["s3://b/1/a/model/data.bin", "s3://b/1/b/model/deep/er/data.bin", "s3://b/1/bb/model.txt"]
    assert dangling(sources, objects) == ["m 3: s3://b/1/bb/model"]
    assert dangling(sources, [*objects, "s3://b/1/bb/model/x"]) == []


def test_a_row_has_median_worst_and_every_round() -> None:
    rounds = [Round("store", first, first + 10, 1000, 5) for first in (3.0, 1.0, 8.0)]
    assert "| store | 3.0 (worst 8.0; 3.0, 1.0, 8.0) | 13.0 (worst 18.0; 13.0, 11.0, 18.0) | 3,000 | 15 |" in table(
        rounds
    )


def test_only_an_instance_of_this_machine_is_broken() -> None:
    assert allowed("local", MINE, API, {"KUBECONFIG": str(MINE.kubeconfig)}) is MINE
    with pytest.raises(LocalError, match="'prod' is no instance of this machine"):
        allowed("prod", None, "", {})
    with pytest.raises(LocalError, match=r"leads to https://10\.213\.30\.2:6443, which is not its node, 10\.213\.3\.2"):
        allowed("local", MINE, "https://10.213.30.2:6443", {})
    with pytest.raises(LocalError, match="another cluster than 'local'"):
        allowed("local", MINE, API, {"KUBECONFIG": "/home/me/.kube/config"})
    with pytest.raises(LocalError, match="another platform than 'local'"):
        allowed("local", MINE, API, {"MLFLOW_TRACKING_URI": "https://mlflow.example.org"})


@pytest.mark.parametrize(
    ("now", "whole"),
    [
        ([], False),
        ([Pod("a", "x-0", ready=True, restarts=0)], False),
        ([Pod("a", "x-0", ready=False, restarts=1)], False),
        ([Pod("a", "x-0", ready=True, restarts=1)], True),
        ([Pod("b", "x-0", ready=True, restarts=0)], True),
        ([Pod("a", "x-0", ready=True, restarts=1), Pod("b", "x-1", ready=False, restarts=0)], False),
    ],
)
def test_a_killed_pod_is_whole_when_it_was_started_anew_or_replaced(
    now: list[Pod], whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Victim, "pods", lambda *_: now)
    assert Victim("n", {}).whole(None, [Pod("a", "x-0", ready=True, restarts=0)]) is whole  # type: ignore[arg-type]


class Answering:
    """A server of MLflow and files that gives each request the next answer; None closes the connection without one."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
                self.asked += 1
                answer = self.answers.pop(0)
                if answer is None:
                    return
                writer.write(answer)
        except EOFError:
            return
        finally:
            writer.close()


def said(status: int, body: bytes = b"{}") -> bytes:
    return b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


CREATED = said(200, b'{"run": {"info": {"run_id": "r", "artifact_uri": "s3://b/1/r/artifacts"}}}')
ALL = (CREATED, said(200), said(200, b""), said(200), said(200))


def written(*answers: bytes | None) -> Ledger:
    """What one client has of these answers, while it may begin a run."""

    async def run() -> Ledger:
        answering = Answering(*answers)
        async with await asyncio.start_server(answering, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            where = Where(url, ("me", "secret"), "1", lambda _, address: f"{url}/{address}?signed", None, ("m",))
            ledger = Ledger(most=1)
            await Writer(where, ledger, 0, "w").run(asyncio.Event())
            assert answering.asked == ledger.requests
        return ledger

    return asyncio.run(run())


def kinds(writes: set[Write]) -> set[str]:
    return {one.kind for one in writes}


def test_a_client_writes_a_run_its_values_a_file_a_version_and_its_end() -> None:
    ledger = written(*ALL)
    assert ledger.acknowledged == ledger.sent
    assert kinds(ledger.sent) == {"run", "param", "metric", "file", "version", "status"}
    assert ledger.refused == []


@pytest.mark.parametrize("refusal", [said(500), None], ids=["error", "closed"])
def test_what_is_not_answered_with_200_is_not_acknowledged(refusal: bytes | None) -> None:
    ledger = written(CREATED, refusal)
    assert kinds(ledger.acknowledged) == {"run"}
    assert kinds(ledger.sent) == {"run", "param", "metric"}
    assert len(ledger.refused) == 1


def test_a_write_that_was_under_way_before_the_kill_is_no_sign_of_recovery() -> None:
    ledger = Ledger(most=1, acknowledgements=[("tracking", 1.0, 9.0), ("store", 6.0, 7.0), ("tracking", 6.0, 8.0)])
    assert ledger.first_after(5.0, "tracking") == 8.0
    assert ledger.first_after(6.5, "store") is None


def test_a_connection_is_opened_again_after_a_failure() -> None:
    async def run() -> bytes:
        async with await asyncio.start_server(Answering(None, said(200, b"there")), "127.0.0.1", 0) as server:
            wire = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", {})
            with pytest.raises(Refused):
                await wire.ask("GET", "/", b"")
            answer = await wire.ask("GET", "/", b"")
            wire.close()
            return answer

    assert asyncio.run(run()) == b"there"
