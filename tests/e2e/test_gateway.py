"""Clients of the running platform come through the gateway, and its traffic is switched while they ask."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from local.cluster.wait import until
from tests.support.platform import Platform

pytestmark = pytest.mark.e2e

NAMESPACE = "ml-serving"
FIRST = {
    "routing.split.blue": "100",
    "routing.split.green": "0",
    "routing.mirror.blue": "0",
    "routing.mirror.green": "0",
}
RECORD = json.dumps({"records": [{"tenure": 5}]}).encode()


def ask(platform: Platform, **headers: str) -> httpx.Response:
    """One row to `/predict`; refused as bad input, it still went all the way."""
    sent = {"content-type": "application/json", **headers}
    return httpx.post(f"{platform.outputs['servingUrl']}/predict", content=RECORD, headers=sent, timeout=10)


def gateways(platform: Platform) -> list[str]:
    """Names of the ready gateway pods."""
    pods = platform.api.items(f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=app.kubernetes.io/name=gateway")
    return [
        pod["metadata"]["name"]
        for pod in pods
        if any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", ()))
        and "deletionTimestamp" not in pod["metadata"]
    ]


def page(platform: Platform, pod: str, path: str) -> str:
    """What a gateway pod shows of itself, through the cluster's API."""
    return platform.kubectl("get", "--raw", f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}:9902/proxy{path}").stdout


def in_force(platform: Platform) -> list[dict[str, str]]:
    """The traffic of each gateway pod."""
    told = (json.loads(page(platform, pod, "/runtime"))["entries"] for pod in gateways(platform))
    return [{key: entry["final_value"] for key, entry in entries.items()} for entries in told]


def send(platform: Platform, **changed: int) -> None:
    """Writes the traffic as the rollout does, and waits until every gateway has it."""
    wanted = FIRST | {f"routing.{name.replace('_', '.')}": str(value) for name, value in changed.items()}
    patch = json.dumps({"data": wanted})
    platform.kubectl(
        "patch",
        "configmap",
        "traffic",
        "-n",
        NAMESPACE,
        "--type=merge",
        "--field-manager=mlops-rollout",
        "--patch",
        patch,
    )
    platform.kubectl(
        "annotate", "pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=gateway", "--overwrite",
        f"mlops/traffic={secrets.token_hex(4)}",
    )  # fmt: skip
    until(
        "every gateway to have the traffic",
        lambda: all(one == wanted for one in in_force(platform)),
        seconds=20,
        why_not=lambda: str(in_force(platform)),
    )


def healthy(platform: Platform, colour: str) -> list[int]:
    """How many ready servers of a colour each gateway pod knows."""
    name = f'envoy_cluster_membership_healthy{{envoy_cluster_name="{colour}"}}'
    pages = [page(platform, pod, "/stats/prometheus") for pod in gateways(platform)]
    return [int(line.split()[-1]) for text in pages for line in text.splitlines() if line.startswith(name)]


@pytest.fixture
def green(platform: Platform) -> Iterator[None]:
    """A server of the idle colour that every gateway knows; gone afterwards, and everything back to blue."""
    platform.kubectl("scale", "deployment", "model-server-green", "-n", NAMESPACE, "--replicas=1")
    try:
        until(
            "green to be known to every gateway",
            lambda: (known := healthy(platform, "green")) != [] and min(known) >= 1,
            seconds=120,
        )
        yield
    finally:
        send(platform)
        platform.kubectl("scale", "deployment", "model-server-green", "-n", NAMESPACE, "--replicas=0")


def test_who_has_no_key_gets_no_prediction(platform: Platform) -> None:
    for headers in ({}, {"x-api-key": "not-a-key-of-this-platform"}):
        answer = ask(platform, **headers)
        assert (answer.status_code, list(answer.json())) == (401, ["error"])
    assert ask(platform, **platform.key).status_code != 401


def test_the_id_of_a_request_comes_back_and_the_colour_that_answered(platform: Platform) -> None:
    answer = ask(platform, **platform.key, **{"x-request-id": "e2e-gateway-1"})

    assert answer.headers["x-request-id"] == "e2e-gateway-1"
    assert answer.headers["x-mlops-track"] == "blue"


def test_what_is_for_prometheus_is_not_for_clients(platform: Platform) -> None:
    answer = httpx.get(f"{platform.outputs['servingUrl']}/metrics", headers=platform.key, timeout=10)

    assert answer.status_code == 404


def test_who_asks_too_often_is_told_to_wait(platform: Platform) -> None:
    """More than a key may send in a second to both replicas; what does not exist counts, and no server is troubled."""
    address = urlsplit(platform.outputs["servingUrl"])
    lines = ["GET /nothing HTTP/1.1", "host: a", *(f"{name}: {value}" for name, value in platform.key.items()), "", ""]
    sent = "\r\n".join(lines).encode()
    refused: list[str] = []

    def many() -> None:
        with socket.create_connection((address.hostname, address.port), timeout=10) as client:
            for _ in range(2000):
                client.sendall(sent)
                answer = client.recv(10_000).decode()
                if answer.startswith("HTTP/1.1 429 "):
                    refused.append(answer)
                if refused:
                    return

    clients = [threading.Thread(target=many) for _ in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()

    assert refused
    assert "retry-after: 1" in refused[0]


@contextlib.contextmanager
def clients(platform: Platform) -> Iterator[tuple[Counter[str], list[str]]]:
    """One that asks all the time until the block ends: answers by colour, and what failed."""
    tracks: Counter[str] = Counter()
    failed: list[str] = []
    stop = threading.Event()

    def ask_on() -> None:
        with httpx.Client(base_url=platform.outputs["servingUrl"], timeout=10) as client:
            while not stop.wait(0.02):
                try:
                    answer = client.get("/version", headers=platform.key)
                except httpx.HTTPError as error:
                    failed.append(repr(error))
                    continue
                tracks[answer.headers.get("x-mlops-track", "none")] += 1
                if answer.status_code != 200:
                    failed.append(answer.text)

    asking = threading.Thread(target=ask_on)
    asking.start()
    try:
        yield tracks, failed
    finally:
        stop.set()
        asking.join()


@pytest.mark.usefixtures("green")
def test_the_traffic_is_switched_within_seconds_and_no_request_is_lost(platform: Platform) -> None:
    with clients(platform) as (tracks, failed):
        send(platform, split_blue=0, split_green=100)
        assert ask(platform, **platform.key).headers["x-mlops-track"] == "green"
        send(platform, split_blue=100, split_green=0)

    assert failed == []
    assert set(tracks) == {"blue", "green"}


def test_replacing_every_gateway_loses_no_request(platform: Platform) -> None:
    before = set(gateways(platform))
    with clients(platform) as (tracks, failed):
        platform.kubectl("rollout", "restart", "deployment", "gateway", "-n", NAMESPACE)
        platform.kubectl("rollout", "status", "deployment", "gateway", "-n", NAMESPACE, "--timeout=120s")

        def left() -> set[str]:
            items = platform.api.items(f"/api/v1/namespaces/{NAMESPACE}/pods")
            return before & {pod["metadata"]["name"] for pod in items}

        until("the old gateways to be gone", lambda: not left(), seconds=90)

    assert failed == []
    assert tracks["blue"] > 100


@pytest.mark.usefixtures("green")
def test_copies_reach_the_idle_colour_and_clients_get_the_others_answer(platform: Platform) -> None:
    def asked(colour: str) -> float:
        pods = platform.api.items(
            f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=app.kubernetes.io/name=model-server,mlops/track={colour}"
        )
        texts = [
            platform.kubectl(
                "get", "--raw", f"/api/v1/namespaces/{NAMESPACE}/pods/{pod['metadata']['name']}:8080/proxy/metrics"
            ).stdout
            for pod in pods
        ]
        lines = [line for text in texts for line in text.splitlines() if line.startswith("mlops_requests_total{")]
        return sum(float(line.split()[-1]) for line in lines if 'route="/predict"' in line)

    send(platform, mirror_green=100)
    before = asked("green")
    answers = {ask(platform, **platform.key).headers["x-mlops-track"] for _ in range(10)}

    assert answers == {"blue"}
    until("the copies to be counted", lambda: asked("green") == before + 10, seconds=20)
