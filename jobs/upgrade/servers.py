"""MLflow's servers: stopped, started, and with which image."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from jobs.cluster.workloads import Workloads
from jobs.upgrade.errors import UpgradeError

NAME, NAMESPACE = "mlflow", "ml-platform"
PATIENCE = 300.0
EVERY = 1.0


class Servers(Protocol):
    """What an upgrade does to them."""

    def image(self) -> str:
        """That they have, or will have when they are started."""
        ...

    def stop(self) -> None: ...

    def start(self) -> None:
        """As many as there are at least."""
        ...

    def use(self, image: str) -> None: ...

    def settled(self) -> bool:
        """Whether all of them are of the newest kind, and ready."""
        ...


@dataclass(frozen=True)
class Deployed:
    """Those of the platform, which the autoscaler leaves alone while there are none."""

    workloads: Workloads

    def image(self) -> str:
        return str(self._container()["image"])

    def stop(self) -> None:
        self.workloads.scale(NAME, 0)

    def start(self) -> None:
        self.workloads.scale(NAME, self.workloads.bounds(NAME)[0])

    def use(self, image: str) -> None:
        self.workloads.use_image(NAME, str(self._container()["name"]), image)

    def settled(self) -> bool:
        found = self.workloads.deployment(NAME)
        wanted, status = int(found["spec"].get("replicas", 1)), found.get("status", {})
        return (
            wanted > 0
            and status.get("observedGeneration") == found["metadata"]["generation"]
            and {status.get(key) for key in ("replicas", "updatedReplicas", "readyReplicas")} == {wanted}
        )

    def _container(self) -> dict[str, object]:
        spec = self.workloads.deployment(NAME)["spec"]["template"]["spec"]
        first: dict[str, object] = spec["containers"][0]
        return first


def wait(what: str, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Raises UpgradeError when it does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise UpgradeError(f"waited {seconds:.0f} s for {what}, in vain", change="`mlops health` and their logs")
        threading.Event().wait(EVERY)
