"""How the gateway shares requests among the colours: the ConfigMap `traffic`, and what is in force at each pod."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.cluster.errors import ApiError, Conflict
from jobs.cluster.workloads import Workloads
from jobs.deployment.target import Fence
from jobs.errors import ClusterError

# infra/serving/traffic.py makes it with these names.
CONFIG_MAP = "traffic"
SPLIT, MIRROR = "routing.split", "routing.mirror"
COLOURS = ("blue", "green")
GATEWAY: Mapping[str, str] = {"app.kubernetes.io/name": "gateway"}
ADMIN = 9902
# A kubelet that was asked too early looks again a minute later, or when it is asked again.
AGAIN_SECONDS, FORCE_SECONDS = 1.0, 90.0
POLL_SECONDS = 0.1
# Tries against others that write the ConfigMap; each of them asks the fence, too.
WRITES = 20


@dataclass(frozen=True)
class Shares:
    """Percent by colour: of the requests, and copied."""

    split: Mapping[str, int]
    mirror: Mapping[str, int]

    def data(self) -> dict[str, str]:
        shares = {SPLIT: self.split, MIRROR: self.mirror}
        return {f"{key}.{colour}": str(share[colour]) for key, share in shares.items() for colour in COLOURS}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Shares:
        """Raises ClusterError on anything but whole shares that sum to 100."""
        try:
            split, mirror = ({one: int(data[f"{key}.{one}"]) for one in COLOURS} for key in (SPLIT, MIRROR))
        except (KeyError, ValueError) as error:
            raise ClusterError(
                "the traffic cannot be read", given=dict(data), allowed=f"{SPLIT}.blue, {SPLIT}.green, {MIRROR}.…",
                change="`pulumi up` makes the ConfigMap anew once it is deleted",
            ) from error  # fmt: skip
        if sum(split.values()) != 100:
            raise ClusterError("the colours' shares do not sum to 100", given=split)
        return cls(split, mirror)

    @classmethod
    def of(cls, side: str, weight: int, mirror: int) -> Shares:
        """So much to this colour, and the rest to the other."""
        return cls(
            {one: weight if one == side else 100 - weight for one in COLOURS},
            {one: mirror if one == side else 0 for one in COLOURS},
        )


@dataclass(frozen=True)
class Traffic:
    """Raises ClusterError when Kubernetes refuses, or a gateway does not do as it is told."""

    workloads: Workloads
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def wanted(self) -> Shares:
        """What stands in the ConfigMap."""
        return Shares.read(self.workloads.config_map(CONFIG_MAP)[0])

    def in_force(self) -> dict[str, Shares]:
        """Of each gateway pod that is ready, by its name."""
        return {name: self._at(name) for name in self.gateways()}

    def gateways(self) -> list[str]:
        return [str(one["metadata"]["name"]) for one in self.workloads.pods(GATEWAY) if is_ready(one)]

    def move(self, shares: Shares, fence: Fence) -> None:
        """Written, and in force at every gateway pod. One that shares so already is not written again."""
        for _ in range(WRITES):
            data, version = self.workloads.config_map(CONFIG_MAP)
            if Shares.read(data) == shares:
                break
            fence()
            try:
                self.workloads.apply_config_map(CONFIG_MAP, shares.data(), version)
            except Conflict:
                # Written by another meanwhile: read again what, and ask the fence whether that was a successor.
                continue
            break
        else:
            raise ClusterError("others write the traffic all the time", given=f"ConfigMap {CONFIG_MAP}")
        self._force(shares)

    def _force(self, shares: Shares) -> None:
        """A mounted ConfigMap reaches a pod when its kubelet looks at it; a changed annotation makes it look."""
        until, asked = self.clock() + FORCE_SECONDS, 0.0
        while left := self._behind(shares):
            now = self.clock()
            if now > until:
                raise ClusterError(
                    f"the gateway has not taken the new traffic within {FORCE_SECONDS:.0f} s", given=", ".join(left),
                    change="look at its pods; `mlops deploy resume` goes on, `rollback` goes back",
                )  # fmt: skip
            if now - asked >= AGAIN_SECONDS:
                asked = now
                for pod in set(left).intersection(self.gateways()):
                    self.workloads.annotate(pod, {"mlops/traffic": f"{time.time():.3f}"})
            self.wait(POLL_SECONDS)

    def _behind(self, shares: Shares) -> list[str]:
        """Ready gateway pods that share otherwise, or do not say how. Without any there is no traffic at all."""
        found = self.gateways()
        if not found:
            return ["no gateway pod is ready"]
        behind = []
        for pod in found:
            try:
                if self._at(pod) != shares:
                    behind.append(pod)
            except ApiError:
                behind.append(pod)
        return behind

    def _at(self, pod: str) -> Shares:
        entries = json.loads(self.workloads.get(pod, ADMIN, "/runtime"))["entries"]
        return Shares.read({key: entries[key]["final_value"] for key in entries if key.startswith("routing.")})


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether Kubernetes sends it requests."""
    found = (pod.get("status") or {}).get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in found)
