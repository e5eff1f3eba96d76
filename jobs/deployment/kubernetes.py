"""Kubernetes as a target: two colours of the model server, pinned by aliases, behind a gateway with weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.cluster.errors import ApiError
from jobs.cluster.workloads import Workloads
from jobs.deployment.colours import PORT, READERS, Colours
from jobs.deployment.figures import Figures
from jobs.deployment.policy import STRATEGIES, Strategy
from jobs.deployment.record import Kept, Order
from jobs.deployment.run import Aliases
from jobs.deployment.scrape import Odometer, Reading, of_gateway, of_server
from jobs.deployment.step import Step
from jobs.deployment.target import Fence, Meter, Observed, Say
from jobs.deployment.traffic import ADMIN, COLOURS, GATEWAY, Shares, Traffic, is_ready
from jobs.serving.client import predict
from jobs.serving.gateway import address

ASK_SECONDS = 10.0


@dataclass(frozen=True)
class KubernetesTarget:
    """Of one model. Which version a colour serves is said by `<alias>-<colour>` while a rollout goes on."""

    workloads: Workloads
    aliases: Aliases
    model: str
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    name: str = "k8s"
    strategies: tuple[Strategy, ...] = STRATEGIES

    @property
    def traffic(self) -> Traffic:
        return Traffic(self.workloads, self.wait, self.clock)

    @property
    def colours(self) -> Colours:
        return Colours(self.workloads, self.traffic, self.model, self.wait, self.clock)

    def alias(self, alias: str) -> str:
        """The champion is what Kubernetes serves."""
        return alias

    def observe(self) -> Observed:
        shares = self.traffic.wanted()
        sides = tuple(self.colours.state(colour, shares) for colour in COLOURS)
        active = max(COLOURS, key=lambda colour: shares.split[colour])
        return Observed(sides, active, next(one for one in COLOURS if one != active))

    def ask(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Through the gateway."""
        url, key = address()
        return predict(url, key, records, ASK_SECONDS)

    def prepare(self, order: Order, fence: Fence, say: Say) -> None:
        """The stable colour is pinned first: then no colour changes but the one that gets no traffic."""
        for side, version in ((order.stable_side, order.stable), (order.new_side, order.version)):
            fence()
            self.aliases.point(order.model, f"{order.alias}-{side}", version, order.name)
        self._up(order, order.steps[0], fence, say)

    def apply(self, order: Order, step: Step, fence: Fence, say: Say) -> None:
        self._up(order, step, fence, say)
        self.traffic.move(Shares.of(order.new_side, step.weight, step.mirror), fence)
        if step.stable is not None:
            fence()
            self.colours.at_most(order.stable_side, step.stable)
        copied = f", {step.mirror} % copied to it" if step.mirror else ""
        say(f"{order.new_side} gets {step.weight} %{copied}, read back from every gateway")

    def meter(self, order: Order) -> Meter:
        """Clients' view from the gateway, predictions from the servers; pods are asked at each look."""
        begun, odometer = datetime.now(UTC), Odometer()

        def read() -> Figures:
            for source, fresh, reading in self._readings(begun):
                odometer.add(source, reading, fresh=fresh)
            return Figures(new=odometer.side(order.new_side), stable=odometer.side(order.stable_side))

        read()
        return read

    def revert(self, order: Order, fence: Fence, say: Say) -> None:
        self.traffic.move(Shares.of(order.new_side, 0, 0), fence)
        say(f"{order.stable_side} gets all traffic, read back from every gateway")
        fence()
        # A rolling update took some of its servers.
        self.colours.at_least(order.stable_side, order.replicas)

    def settle(self, order: Order, kept: Kept, fence: Fence, say: Say) -> None:
        """Both colours follow the alias again, and the one without traffic has no servers."""
        gone = order.stable_side if kept == "new" else order.new_side
        # Somebody may have moved it by hand while nobody drove.
        self.traffic.move(Shares.of(gone, 0, 0), fence)
        for side in (order.new_side, order.stable_side):
            fence()
            self.aliases.remove(order.model, f"{order.alias}-{side}", order.name)
        fence()
        self.colours.at_most(gone, 0)
        say(f"{gone} has no servers any more")

    def _up(self, order: Order, step: Step, fence: Fence, say: Say) -> None:
        replicas = max(1, order.replicas if step.new is None else step.new)
        fence()
        if self.colours.at_least(order.new_side, replicas):
            say(f"{order.new_side} gets {replicas} servers, which shall serve version {order.version}")
        self.colours.until_served(order.new_side, order.version, replicas)

    def _readings(self, begun: datetime) -> list[tuple[str, bool, Reading]]:
        """Of each pod: who it is, whether it came after the meter began, its counters. One that is silent is left out:
        what happens there is seen by the gateway.
        """
        asked = [(pod, "", ADMIN, "/stats/prometheus") for pod in self.workloads.pods(GATEWAY) if is_ready(pod)]
        asked += [(pod, colour, PORT, "/metrics") for colour in COLOURS for pod in self.colours.pods(colour)]
        with ThreadPoolExecutor(READERS) as pool:
            texts = list(pool.map(lambda one: self._text(str(one[0]["metadata"]["name"]), one[2], one[3]), asked))
        found = []
        for (pod, colour, _, _), text in zip(asked, texts, strict=True):
            if text is not None:
                fresh = datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) > begun
                reading = of_server(text, colour) if colour else of_gateway(text)
                found.append((str(pod["metadata"]["uid"]), fresh, reading))
        return found

    def _text(self, pod: str, port: int, path: str) -> str | None:
        try:
            return self.workloads.get(pod, port, path).decode()
        except ApiError:
            return None
