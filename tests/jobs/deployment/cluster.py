"""ml-serving in memory: Deployments, autoscalers, pods, gateways that take the traffic when they are told to look."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobs.cluster.access import Access
from jobs.cluster.errors import ApiError, Conflict
from jobs.cluster.workloads import Workloads
from jobs.deployment.colours import PORT
from jobs.deployment.figures import Side
from jobs.deployment.scrape import PREDICTIONS, REQUESTS, TIME
from jobs.deployment.traffic import ADMIN, COLOURS
from tests.jobs.deployment.world import EDGES, World

CREATED = "2026-11-29T11:00:00Z"


@dataclass
class Namespace:
    """The world's weights are what the gateways have in force; the ConfigMap is what they shall have."""

    world: World
    data: dict[str, str] = field(
        default_factory=lambda: {
            "routing.split.blue": "100", "routing.split.green": "0", "routing.mirror.blue": "0",
            "routing.mirror.green": "0",
        }
    )  # fmt: skip
    version: int = 1
    gateways: int = 2
    told: dict[str, int] = field(default_factory=dict)
    bounds: dict[str, tuple[int, int]] = field(default_factory=lambda: dict.fromkeys(COLOURS, (1, 6)))
    # What each colour has done so far.
    done: dict[str, Side] = field(default_factory=lambda: {colour: Side() for colour in COLOURS})
    deaf: set[str] = field(default_factory=set)
    restarts: int = 0


class FakeWorkloads(Workloads):
    """The real target runs on it."""

    def __init__(self, namespace: Namespace) -> None:
        super().__init__(Access(None, None), "ml-serving")
        self.its = namespace
        self.world = namespace.world

    def pods(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        if labels["app.kubernetes.io/name"] == "gateway":
            return [_pod(f"gateway-{number}") for number in range(self.its.gateways)]
        colour = labels["mlops/track"]
        return [
            _pod(f"{colour}-{number}-{self.its.restarts}", ready=self.world.loads or colour == "blue")
            for number in range(self.world.replicas[colour])
        ]

    def get(self, pod: str, port: int, path: str) -> bytes:
        kind = pod.split("-")[0]
        if pod in self.its.deaf:
            raise ApiError("Kubernetes does not answer", given=pod)
        if (kind, port, path) == ("gateway", ADMIN, "/runtime"):
            return json.dumps({"entries": {key: {"final_value": value} for key, value in self._in_force(pod)}}).encode()
        if (kind, port, path) == ("gateway", ADMIN, "/stats/prometheus"):
            return self._stats(pod).encode()
        assert port == PORT
        if path == "/version":
            if not self.world.loads and kind == "green":
                raise ApiError("refused", given="503: no verified model is loaded")
            return json.dumps({"model": "churn-classifier", "version": self.world.serves(kind)}).encode()
        assert path == "/metrics"
        return self._metrics(kind, pod).encode()

    def annotate(self, pod: str, annotations: Mapping[str, str]) -> None:
        assert annotations.keys() == {"mlops/traffic"}
        assert pod in {f"gateway-{number}" for number in range(self.its.gateways)}, pod
        self.world.tick()
        self.its.told[pod] = self.its.version
        shares = {colour: int(self.its.data[f"routing.split.{colour}"]) for colour in COLOURS}
        if all(self.its.told.get(f"gateway-{number}") == self.its.version for number in range(self.its.gateways)):
            self.world.weights = shares
            self.world.mirror = max(int(self.its.data[f"routing.mirror.{colour}"]) for colour in COLOURS)
            self.world.seen.append(shares)
        self.world.tick()

    def deployment(self, name: str) -> dict[str, Any]:
        replicas = self.world.replicas[_colour(name)]
        status = {"updatedReplicas": replicas, "readyReplicas": replicas, "replicas": replicas, "observedGeneration": 1}
        return {"metadata": {"generation": 1}, "spec": {"replicas": replicas}, "status": status}

    def scale(self, name: str, replicas: int) -> None:
        self.world.tick()
        self.world.replicas[_colour(name)] = replicas
        self.world.tick()

    def restart(self, name: str) -> None:
        assert _colour(name)
        self.its.restarts += 1

    def bounds(self, name: str) -> tuple[int, int]:
        return self.its.bounds[_colour(name)]

    def bound(self, name: str, least: int, most: int) -> None:
        self.its.bounds[_colour(name)] = (least, most)

    def config_map(self, name: str) -> tuple[dict[str, str], str]:
        assert name == "traffic"
        return dict(self.its.data), str(self.its.version)

    def apply_config_map(self, name: str, data: Mapping[str, str], version: str) -> None:
        assert name == "traffic"
        self.world.tick()
        if version != str(self.its.version):
            raise Conflict("changed by another meanwhile")
        self.its.data.update(data)
        self.its.version += 1
        self.world.tick()

    def _in_force(self, pod: str) -> list[tuple[str, str]]:
        """A pod that has not looked yet has what it had."""
        if self.its.told.get(pod, 1) == self.its.version:
            return list(self.its.data.items())
        split = [(f"routing.split.{colour}", str(self.world.weights[colour])) for colour in COLOURS]
        return [*split, *((f"routing.mirror.{colour}", "0") for colour in COLOURS)]

    def _stats(self, pod: str) -> str:
        lines = []
        for colour in COLOURS:
            side, labels = self.its.done[colour], f'envoy_cluster_name="{colour}"'
            lines.append(f"envoy_cluster_membership_healthy{{{labels}}} {self.world.replicas[colour]}")
            if pod != "gateway-0":
                continue
            counts = side.seconds.counts if side.seconds.total else (0,) * (len(EDGES) + 1)
            answers = {"200": side.requests - side.errors, "503": side.errors}
            lines += [f'{REQUESTS}{{envoy_response_code="{one}",{labels}}} {n}' for one, n in answers.items()]
            lines += _buckets(TIME, labels, [edge * 1000 for edge in EDGES], counts)
        return "\n".join(lines)

    def _metrics(self, colour: str, pod: str) -> str:
        if not pod.startswith(f"{colour}-0-"):
            return ""
        counts = (*self.its.done[colour].predictions, 0) if self.its.done[colour].predictions else ()
        return "\n".join(_buckets(PREDICTIONS, "", [place / 20 for place in range(1, 21)], counts))


def _buckets(name: str, labels: str, edges: list[float], counts: tuple[int, ...]) -> list[str]:
    lines, total = [], 0
    for edge, count in zip([*map(str, edges), "+Inf"], counts, strict=False):
        total += count
        lines.append(f'{name}_bucket{{le="{edge}"{"," if labels else ""}{labels}}} {total}'.replace("_bucket_b", "_b"))
    return lines


def _colour(name: str) -> str:
    colour = name.removeprefix("model-server-")
    assert colour in COLOURS
    return colour


def _pod(name: str, *, ready: bool = True) -> dict[str, Any]:
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    return {
        "metadata": {"name": name, "uid": name, "creationTimestamp": CREATED},
        "status": {"conditions": [condition]},
    }  # fmt: skip
