"""The model server's two colours: how many servers each has, which version each serves, until all serve the one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from jobs.cluster.errors import ApiError
from jobs.cluster.pods import waiting
from jobs.cluster.workloads import Workloads
from jobs.deployment.scrape import healthy
from jobs.deployment.target import BadVersionError, SideState
from jobs.deployment.traffic import ADMIN, Shares, Traffic, is_ready

SERVER = "model-server"
PORT = 8080
# Long enough for a node to be made; a pod itself is ready within seconds.
READY_SECONDS, POLL_SECONDS = 240.0, 0.5
READERS = 8
Server = tuple[str, str | None, str]


def deployment(colour: str) -> str:
    """Also the name of its autoscaler."""
    return f"{SERVER}-{colour}"


@dataclass(frozen=True)
class Colours:
    """Raises ClusterError when Kubernetes refuses."""

    workloads: Workloads
    traffic: Traffic
    model: str
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def state(self, colour: str, shares: Shares) -> SideState:
        spec = self.workloads.deployment(deployment(colour))["spec"]
        pods = self.pods(colour)
        servers = self._servers(pods)
        return SideState(
            name=colour, versions=tuple(sorted({version for _, version, _ in servers if version}, key=int)),
            weight=shares.split[colour], mirror=shares.mirror[colour], replicas=int(spec.get("replicas") or 0),
            ready=sum(is_ready(pod) for pod in pods),
            details=tuple(f"{name}: {f'version {version}' if version else why}" for name, version, why in servers),
        )  # fmt: skip

    def pods(self, colour: str) -> list[dict[str, Any]]:
        return self.workloads.pods({"app.kubernetes.io/name": SERVER, "mlops/track": colour})

    def at_least(self, colour: str, replicas: int) -> bool:
        """Scales up → whether that was needed; a colour that has more keeps them."""
        fewer = int(self.workloads.deployment(deployment(colour))["spec"].get("replicas") or 0) < replicas
        if fewer:
            self.workloads.scale(deployment(colour), replicas)
        return fewer

    def at_most(self, colour: str, replicas: int) -> None:
        """Scales down. But for 0, which switches the autoscaler off, no lower than its bound: it would come back."""
        least = max(replicas, self.workloads.bounds(deployment(colour))[0]) if replicas else 0
        if int(self.workloads.deployment(deployment(colour))["spec"].get("replicas") or 0) > least:
            self.workloads.scale(deployment(colour), least)

    def until_served(self, colour: str, version: str, replicas: int) -> None:
        """Every server is ready with this version, and every gateway knows. Raises BadVersionError in the end."""
        until = self.clock() + READY_SECONDS
        while missing := self._missing(colour, version, replicas):
            if self.clock() > until:
                raise BadVersionError(
                    f"{colour} does not serve version {version} within {READY_SECONDS:.0f} s", details=tuple(missing)
                )
            self.wait(POLL_SECONDS)

    def _missing(self, colour: str, version: str, replicas: int) -> list[str]:
        pods = self.pods(colour)
        if len(pods) < replicas:
            return [f"{len(pods)} of {replicas} pods"]
        missing = [f"{name}: {why or f'version {now}'}" for name, now, why in self._servers(pods) if now != version]
        missing += [f"{pod['metadata']['name']}: not ready" for pod in pods if not is_ready(pod) and not missing]
        return missing or self._unknown(colour, replicas)

    def _unknown(self, colour: str, replicas: int) -> list[str]:
        """Gateways that would answer 503 for this colour, or send everything to a part of it."""
        unknown = []
        for gateway in self.traffic.gateways():
            try:
                known = healthy(self.workloads.get(gateway, ADMIN, "/stats/prometheus").decode(), colour)
            except ApiError as error:
                unknown.append(f"{gateway}: {error.problem}")
                continue
            if known < replicas:
                unknown.append(f"{gateway} knows {known} of {replicas} servers")
        return unknown

    def _servers(self, pods: list[dict[str, Any]]) -> list[Server]:
        """Name, the version that it says it serves, or why it says none."""
        with ThreadPoolExecutor(READERS) as pool:
            return list(pool.map(self._server, pods))

    def _server(self, pod: dict[str, Any]) -> Server:
        name = str(pod["metadata"]["name"])
        if reason := waiting(pod):
            return name, None, reason[0]
        try:
            about = json.loads(self.workloads.get(name, PORT, "/version"))
        except (ApiError, ValueError) as error:
            given = error.given if isinstance(error, ApiError) else error
            return name, None, f"does not say which version: {given}"
        if about["model"] != self.model:
            return name, None, f"serves {about['model']}, not {self.model}"
        return name, str(about["version"]), ""
