"""A start as a Kubernetes Job, and how that Job stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from jobs.cluster.errors import JobExists, NotFound
from jobs.cluster.job import JobSpec
from jobs.cluster.manifest import EXPERIMENT
from jobs.cluster.run import Cluster
from jobs.retraining.order import Order


@dataclass(frozen=True)
class Fate:
    """`absent`: no Job of this name; `reason`: of one that failed."""

    phase: Literal["absent", "running", "complete", "failed"]
    reason: str = ""


class Launcher(Protocol):
    """Where starts run."""

    def launch(self, order: Order, address: str) -> bool:
        """`address`: of the order in the ledger. False when its Job was there already."""
        ...

    def fate(self, order: Order) -> Fate: ...

    def cancel(self, order: Order) -> None:
        """Nothing happens when there is no Job."""
        ...


@dataclass(frozen=True)
class ClusterLauncher:
    """Raises ClusterError when Kubernetes refuses."""

    cluster: Cluster

    def launch(self, order: Order, address: str) -> bool:
        try:
            self.cluster.create(job_of(order, address))
        except JobExists:
            return False
        return True

    def fate(self, order: Order) -> Fate:
        try:
            state = self.cluster.status(order.name)
        except NotFound:
            return Fate("absent")
        if state.phase == "Failed":
            return Fate("failed", "; ".join((state.reason or "failed", *state.details)))
        return Fate("complete" if state.phase == "Complete" else "running")

    def cancel(self, order: Order) -> None:
        try:
            self.cluster.delete(order.name)
        except NotFound:
            return


def job_of(order: Order, address: str) -> JobSpec:
    """The Job reads what to do from the ledger, so it is the same however often it is made."""
    run = order.run
    return JobSpec(
        name=order.name, kind="retraining", command=("mlops", "retrain", "run", address),
        labels={EXPERIMENT: label(order.model), "mlops.io/priority": order.priority.name},
        resources=run.resources(), deadline=run.deadline, retries=run.retries,
    )  # fmt: skip


def label(text: str) -> str:
    """What a label may hold of it."""
    return "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in text)[:63].strip("._-")
