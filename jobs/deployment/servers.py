"""What is done to the servers on Kubernetes beside rollouts: more or fewer of them, new ones, none."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.deployment.colours import Colours, deployment
from jobs.deployment.target import Observed, Say
from jobs.deployment.traffic import COLOURS
from jobs.errors import ClusterError, ConfigError


@dataclass(frozen=True)
class Servers:
    """Raises ClusterError when Kubernetes refuses."""

    colours: Colours
    say: Say

    def bound(self, least: int | None, most: int | None) -> tuple[int, int]:
        """Between which numbers the autoscalers of both colours stay: the next rollout goes to the other one."""
        now = self.colours.workloads.bounds(deployment(COLOURS[0]))
        bounds = (now[0] if least is None else least, now[1] if most is None else most)
        if bounds[0] > bounds[1]:
            raise ConfigError("least is more than most", given=f"{bounds[0]} to {bounds[1]}", allowed="least ≤ most")
        for colour in COLOURS:
            self.colours.workloads.bound(deployment(colour), *bounds)
        return bounds

    def restart(self, observed: Observed) -> None:
        """Every server of the active colour is replaced by a new one that serves the same; one that was stopped starts.

        Raises ClusterError when they are not ready in time.
        """
        colour, version = observed.active, observed.served
        name = deployment(colour)
        if observed.side(colour).replicas == 0:
            least = self.colours.workloads.bounds(name)[0]
            self.colours.workloads.scale(name, least)
            self.say(f"{colour} had no servers: {least} are started")
        else:
            self.colours.workloads.restart(name)
        self._until_whole(name)
        if version is not None:
            self.colours.until_served(colour, version, 1)

    def stop(self) -> None:
        """No colour has servers: every request is answered 503."""
        for colour in COLOURS:
            self.colours.workloads.scale(deployment(colour), 0)

    def _until_whole(self, name: str) -> None:
        until = self.colours.clock() + 240
        while True:
            found = self.colours.workloads.deployment(name)
            status, wanted = found.get("status") or {}, int(found["spec"].get("replicas") or 0)
            counts = [int(status.get(key) or 0) for key in ("updatedReplicas", "readyReplicas", "replicas")]
            seen = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
            if seen and wanted and all(count == wanted for count in counts):
                return
            if self.colours.clock() > until:
                raise ClusterError(
                    f"{name} has not got new servers within 240 s; the old ones that are left still serve",
                    given=dict(zip(("new", "ready", "all"), counts, strict=True)), allowed=wanted,
                    change=f"`kubectl -n ml-serving describe deployment {name}`",
                )  # fmt: skip
            self.colours.wait(0.5)
