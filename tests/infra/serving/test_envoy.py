"""The gateway's configuration, in the program that reads it: the Envoy of the lock, on this machine."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from benchmarks.memory import peak
from infra.observability.rules import ALERTS
from infra.serving.envoy.memory import clients
from infra.serving.envoy.places import Upstream
from infra.serving.gateway import drain
from tests.support import http2
from tests.support.envoy import KEYS, Answer, Gateway, Server, envoy, gateway, in_front_of, settings, write


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("gateway")) as started:
        yield started


def predict(length: int) -> bytes:
    """The head of a request with a body of so many bytes."""
    lines = ["POST /predict HTTP/1.1", "host: a", f"x-api-key: {KEYS['default']}", f"content-length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


def connected(to: Gateway) -> socket.socket:
    return socket.create_connection(("127.0.0.1", to.places.http), timeout=10)


@pytest.fixture
def running(shared: Gateway) -> Gateway:
    """As a new platform has it: everything to blue, nothing copied, and well servers that were asked nothing."""
    shared.send(split_blue=100)
    for server in shared.servers.values():
        server.asked.clear()
        server.ready, server.seconds, server.hangs_up = True, 0, 0
        server.go.clear()
    shared.wait(lambda: shared.healthy("blue") == shared.healthy("green") == 1, "both servers to be healthy")
    return shared


def test_envoy_takes_the_configuration_without_a_word_about_what_it_will_not_know_tomorrow(
    running: Gateway, tmp_path: Path
) -> None:
    write(tmp_path, settings(), [server.upstream for server in running.servers.values()])

    line = [str(envoy()), "--mode", "validate", "--config-path", str(tmp_path / "envoy.json")]
    judged = subprocess.run(line, capture_output=True, text=True, timeout=60)

    assert judged.returncode == 0, judged.stderr
    assert "eprecated" not in judged.stderr


@pytest.mark.parametrize("key", [None, "another-key-0", f"{KEYS['default']},{KEYS['shop']}", KEYS["default"][:-1]])
def test_a_request_without_a_known_key_gets_no_further(running: Gateway, key: str | None) -> None:
    answer = running.ask(key=key)

    assert (answer.status, list(answer.body)) == (401, ["error"])
    assert "x-api-key" in answer.body["error"]["message"]
    assert running.servers["blue"].asked == []


def test_two_keys_at_once_are_not_more_than_one(running: Gateway) -> None:
    connection = HTTPConnection("127.0.0.1", running.places.http, timeout=10)
    with contextlib.closing(connection):
        connection.putrequest("POST", "/predict")
        for key in ("wrong-key-000", KEYS["default"]):
            connection.putheader("x-api-key", key)
        connection.endheaders()
        assert connection.getresponse().status == 401


@pytest.mark.parametrize("path", ["/ready", "/health"])
def test_whether_it_is_well_is_told_to_everybody(running: Gateway, path: str) -> None:
    assert running.ask(path, None, key=None).status == 200


@pytest.mark.parametrize("path", ["/metrics", "/invocations", "/ping", "/", "/predict/", "/predict%2f..%2fmetrics"])
def test_what_is_not_for_clients_does_not_exist(running: Gateway, path: str) -> None:
    assert running.ask(path, None).status in {400, 404}
    assert running.servers["blue"].asked == []


def test_the_server_is_told_who_asks_and_never_the_key(running: Gateway) -> None:
    running.ask(key=KEYS["shop"])

    (asked,) = running.servers["blue"].asked
    assert asked.headers["x-mlops-client"] == "shop"
    assert KEYS["shop"] not in str(asked)


def test_a_client_cannot_say_what_only_the_gateway_says(running: Gateway) -> None:
    running.servers["blue"].seconds = 0.3
    answer = running.ask(x_mlops_client="evil", x_mlops_shadow="true", x_envoy_upstream_rq_timeout_ms="1")

    (asked,) = running.servers["blue"].asked
    assert answer.status == 200
    assert asked.headers["x-mlops-client"] == "default"
    assert "x-mlops-shadow" not in asked.headers


def test_the_request_id_of_a_client_is_kept_and_a_missing_one_is_made(running: Gateway) -> None:
    assert running.ask(x_request_id="mine-1").headers["x-request-id"] == "mine-1"
    assert running.ask(key=None, x_request_id="mine-2").headers["x-request-id"] == "mine-2"
    assert len(running.ask().headers["x-request-id"]) == 36
    assert running.servers["blue"].asked[0].headers["x-request-id"] == "mine-1"


def test_an_answer_says_which_colour_gave_it(running: Gateway) -> None:
    told = {running.ask().headers["x-mlops-track"]}
    running.send(split_blue=0, split_green=100)
    told.add(running.ask().headers["x-mlops-track"])

    assert told == {"blue", "green"}


def test_a_body_that_is_too_large_is_refused_before_a_server_sees_it(running: Gateway) -> None:
    answer = running.ask(body=b"x" * (2**20 + 1))

    assert (answer.status, "1048576" in answer.body["error"]["message"]) == (413, True)
    assert running.servers["blue"].asked == []


def test_a_body_that_comes_too_slowly_is_given_up(running: Gateway) -> None:
    with connected(running) as slow:
        slow.sendall(predict(10) + b"x")
        answer = slow.recv(10_000).decode()

    assert answer.startswith("HTTP/1.1 408 ")
    assert "within 2 s" in answer


def test_a_head_that_comes_too_slowly_is_given_up_long_before_a_body_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.serving.envoy.listener.HEADERS_SECONDS", 1)
    with gateway(tmp_path, settings(timeoutSeconds=9)) as patient, connected(patient) as slow:
        slow.sendall(predict(10)[:-2])
        slow.settimeout(6)
        answer = slow.recv(10_000).decode()

    assert answer.startswith("HTTP/1.1 408 ")


@pytest.mark.parametrize("size", [100, 900_000])
def test_bodies_of_every_size_are_copied_whole(running: Gateway, size: int) -> None:
    running.send(split_blue=100, mirror_green=100)
    running.ask(body=b"x" * size)

    running.wait(lambda: running.servers["green"].asked, "the copy to arrive")
    assert [len(server.asked[0].body) for server in running.servers.values()] == [size, size]


def test_a_server_that_takes_too_long_is_given_up(running: Gateway) -> None:
    running.servers["blue"].seconds = 600
    answer = running.ask()
    running.servers["blue"].go.set()

    assert (answer.status, answer.body["error"]["message"]) == (504, "no model server answered within 2 s")


@pytest.mark.parametrize(
    ("hangs_up", "size", "status", "asked"),
    [(2, 30_000, 200, 3), (3, 30_000, 503, 3), (1, 40_000, 503, 1)],
    ids=["twice", "no more", "none of more than 32 KB"],
)
def test_a_request_that_got_no_answer_is_asked_again(
    running: Gateway, hangs_up: int, size: int, status: int, asked: int
) -> None:
    running.servers["blue"].hangs_up = hangs_up

    assert running.ask(body=b"x" * size).status == status
    assert len(running.servers["blue"].asked) == asked


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-a": "x" * 17_000}, 431),
        ({f"x-{number}": "x" for number in range(70)}, 431),
        ({"x_a": "x"}, 400),
    ],
    ids=["too large", "too many", "with an underscore"],
)
def test_a_head_that_no_client_of_ours_sends_is_refused(running: Gateway, headers: dict[str, str], status: int) -> None:
    connection = HTTPConnection("127.0.0.1", running.places.http, timeout=10)
    with contextlib.closing(connection):
        connection.request("POST", "/predict", b"{}", {"x-api-key": KEYS["default"]} | headers)
        assert connection.getresponse().status == status
    assert running.servers["blue"].asked == []


def test_a_colour_without_servers_is_told_at_once_and_costs_the_other_nothing(tmp_path: Path) -> None:
    nobody = Upstream("green", "nobody.invalid", 8080)
    with (
        Server("blue").running() as blue,
        in_front_of([blue.upstream, nobody], tmp_path, settings(), ready=["blue"]) as alone,
    ):
        well = {alone.ask().status for _ in range(30)}
        alone.send(split_blue=0, split_green=100)
        answers = [alone.ask() for _ in range(5)]

    assert well == {200}
    assert {(one.status, one.body["error"]["message"]) for one in answers} == {(503, "no model server is ready")}
    # A busy machine keeps one of them waiting, and not each.
    assert min(one.seconds for one in answers) < 0.5


def test_servers_that_are_gone_are_told_at_once(tmp_path: Path) -> None:
    gone = Server("green")
    with (
        Server("blue").running() as blue,
        in_front_of([blue.upstream, gone.upstream], tmp_path, settings(), ready=["blue"]) as cut,
    ):
        cut.send(split_blue=0, split_green=100)
        answers = [cut.ask() for _ in range(5)]

    told = {(one.status, one.body["error"]["message"]) for one in answers}
    assert told == {(503, "the model servers cannot be reached")}
    assert min(one.seconds for one in answers) < 1


def test_a_server_that_says_it_is_not_ready_is_left_out_while_another_is_there(running: Gateway) -> None:
    running.servers["green"].ready = False
    running.wait(lambda: running.healthy("green") == 0, "green to be found not ready")

    assert {running.ask().status for _ in range(30)} == {200}


def test_servers_that_are_all_too_busy_to_say_so_are_asked_all_the_same(running: Gateway) -> None:
    running.servers["blue"].ready = False
    running.wait(lambda: running.healthy("blue") == 0, "blue to be found not ready")
    running.ask()

    assert len(running.servers["blue"].asked) >= 1


def test_the_split_is_the_one_that_was_asked_for(running: Gateway) -> None:
    running.send(split_blue=80, split_green=20)
    told = Counter(running.ask().headers["x-mlops-track"] for _ in range(300))

    # 60 expected; five standard deviations are 35.
    assert 25 < told["green"] < 95


def test_switches_under_load_lose_no_request(running: Gateway) -> None:
    answers: Counter[int] = Counter()
    stop = threading.Event()

    def ask() -> None:
        connection = HTTPConnection("127.0.0.1", running.places.http, timeout=10)
        while not stop.is_set():
            connection.request("POST", "/predict", b"{}", {"x-api-key": KEYS["default"]})
            answer = connection.getresponse()
            answer.read()
            answers[answer.status] += 1
        connection.close()

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    for number in range(40):
        blue = (0, 100, 50, 90)[number % 4]
        running.send(split_blue=blue, split_green=100 - blue)
    stop.set()
    for client in clients:
        client.join()

    assert set(answers) == {200}
    assert all(len(server.asked) > 10 for server in running.servers.values())


def test_a_copy_reaches_the_other_colour_marked_as_one_and_its_answer_nobody(running: Gateway) -> None:
    running.servers["green"].seconds = 600
    running.send(split_blue=100, mirror_green=100)
    answer = running.ask(body=b'{"records": [1]}', x_request_id="mine-3")

    # The copy has no answer yet.
    assert (answer.status, answer.headers["x-mlops-track"]) == (200, "blue")
    running.wait(lambda: running.servers["green"].asked, "the copy to arrive")
    running.servers["green"].go.set()
    (copy,) = running.servers["green"].asked
    assert (copy.headers["x-mlops-shadow"], copy.headers["x-request-id"]) == ("true", "mine-3")
    assert (copy.path, copy.body) == ("/predict", b'{"records": [1]}')
    assert "x-mlops-shadow" not in running.servers["blue"].asked[0].headers


def until_refused(limited: Gateway, *keys: str) -> Iterator[Answer]:
    """Answers up to the first 429: a busy machine needs more than a second for the first few."""
    for number in range(200):
        yield (answer := limited.ask(key=keys[number % len(keys)]))
        if answer.status == 429:
            return


def test_a_client_that_asks_too_often_waits_and_others_do_not(tmp_path: Path) -> None:
    with gateway(tmp_path, settings(keyRequestsPerSecond=3)) as limited:
        answers = list(until_refused(limited, KEYS["default"]))
        other = limited.ask(key=KEYS["shop"])

    refused = answers[-1]
    assert [answer.status for answer in answers[:3]] == [200, 200, 200]
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert "too many" in refused.body["error"]["message"]
    assert other.status == 200


def test_all_together_are_let_through_so_often_and_no_more(tmp_path: Path) -> None:
    with gateway(tmp_path, settings(requestsPerSecond=4)) as limited:
        answers = [answer.status for answer in until_refused(limited, *KEYS.values())]

    assert answers[:4] == [200] * 4
    assert answers[-1] == 429


@pytest.mark.parametrize("path", ["/quitquitquit", "/config_dump", "/stats", "/runtime_modify?a=b", "/certs"])
def test_what_envoy_shows_of_itself_is_three_pages(running: Gateway, path: str) -> None:
    for method, target in (("GET", path), ("POST", path), ("POST", "/ready")):
        connection = HTTPConnection("127.0.0.1", running.places.inspection, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, target)
            assert connection.getresponse().status == 404


def test_every_series_that_alerts_ask_for_is_shown_and_few_more(running: Gateway) -> None:
    running.ask()
    lines = [line for line in running.page("/stats/prometheus").splitlines() if not line.startswith("#")]
    shown = {line.split("{")[0]: line for line in lines}

    for alert in ALERTS:
        for name, labels in re.findall(r"\b(envoy_\w+)(?:\{([^}]*)\})?", alert.expr):
            for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
                assert any(line.startswith(f"{name}{{") and f'{label}="{value}"' in line for line in lines), alert.name
            assert name in shown, alert.name
    assert len(lines) < 200


def test_what_is_in_force_can_be_read_back(running: Gateway) -> None:
    running.send(split_blue=75, split_green=25, mirror_green=10)

    assert running.in_force() == {
        "routing.split.blue": "75",
        "routing.split.green": "25",
        "routing.mirror.blue": "0",
        "routing.mirror.green": "10",
    }


def test_a_failed_request_is_logged_with_its_id_and_without_the_key(running: Gateway) -> None:
    running.ask("/nothing", None, x_request_id="lost-1")

    def logged() -> list[str]:
        return [line for line in (running.folder / "log").read_text().splitlines() if "lost-1" in line]

    running.wait(logged, "the line to be written")
    (line,) = logged()
    told = json.loads(line)
    assert (told["status"], told["client"], told["path"]) == (404, "default", "/nothing")
    assert "key-of-" not in (running.folder / "log").read_text()


def test_a_gateway_that_is_told_to_go_answers_on_and_closes_connections(tmp_path: Path) -> None:
    with gateway(tmp_path) as leaving:
        script = drain(settings(), leaving.places.admin).rpartition("sleep ")[0]
        told = subprocess.run(["bash", "-c", script], capture_output=True, timeout=10)
        answers = [leaving.ask() for _ in range(3)]

    assert told.returncode == 0, told.stderr
    assert {(answer.status, answer.headers.get("connection")) for answer in answers} == {(200, "close")}


def test_bodies_that_come_all_at_once_do_not_fill_its_memory(tmp_path: Path) -> None:
    """Three hundred of nearly a megabyte, each copied to the other colour, against a container of 192 MiB."""
    body = predict(1_000_000) + b"x" * 990_000
    with gateway(tmp_path, settings(timeoutSeconds=10)) as full, contextlib.ExitStack() as stack:
        full.send(split_blue=100, mirror_green=100)
        connections = [stack.enter_context(connected(full)) for _ in range(300)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda one: one.sendall(body), connections))
        full.wait(lambda: full.page("/ready").strip() == "LIVE", "Envoy to be well")
        most = peak(full.process.pid)

    assert most < 192


def test_connections_that_each_begin_many_requests_do_not_fill_its_memory(tmp_path: Path) -> None:
    """Three hundred of HTTP/2 with a hundred requests each, as far as it lets them."""
    headers = {":method": "POST", ":path": "/predict", ":scheme": "http", ":authority": "a"}
    headers |= {"x-api-key": KEYS["default"], "content-length": "1000000"}
    requests = http2.PREFACE + b"".join(http2.begun(number, headers, b"x" * 1300) for number in range(100))
    with gateway(tmp_path, settings(timeoutSeconds=10)) as full, contextlib.ExitStack() as stack:
        full.send(split_blue=100, mirror_green=100)
        for _ in range(300):
            connection = stack.enter_context(connected(full))
            with contextlib.suppress(OSError):
                connection.sendall(requests)
        full.wait(lambda: full.page("/ready").strip() == "LIVE", "Envoy to be well")
        most = peak(full.process.pid)

    assert most < 192


def test_no_more_clients_than_its_memory_is_for(tmp_path: Path) -> None:
    small = settings(resources={"cpu": "20m", "memory": "16Mi", "cpuLimit": "1", "memoryLimit": "32Mi"})
    with gateway(tmp_path, small) as full, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(full)) for _ in range(clients(small) + 20)]
        for one in connections:
            with contextlib.suppress(OSError):
                one.sendall(predict(10))
        full.wait(
            lambda: full.shown("envoy_http_downstream_cx_active") == clients(small), "as many clients as there may be"
        )
