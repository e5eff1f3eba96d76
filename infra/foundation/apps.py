"""The identity of a workload: its name, its home, its labels and what it may reach."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from infra.foundation.addresses import Endpoint, Reach

PART_OF = {"app.kubernetes.io/part-of": "mlops", "app.kubernetes.io/managed-by": "pulumi"}

# The servers of one model come in two of these; each pod says which it is by the label.
TRACK = "mlops/track"
BLUE, GREEN = "blue", "green"
COLOURS = (BLUE, GREEN)


def reach_label(service: str) -> str:
    """The label by which a pod asks to reach a Service; the Service's own network policy grants by it."""
    return f"reach.mlops/{service}"


@dataclass(frozen=True)
class App:
    """One workload. `reaches` is the single declaration from which both sides' network policies follow.

    Several workloads that are one consumer share a service account. `track` tells workloads apart that are the same
    but for the version they run; what is about all of them leaves it out.
    """

    name: str
    domain: str
    namespace: str
    reaches: tuple[Reach, ...] = ()
    reaches_kubernetes: bool = False
    reaches_kubelets: bool = False
    shared_account: str | None = None
    track: str | None = None

    @property
    def workload(self) -> str:
        """Name of its Deployment: one of several of the same kind says which track it is on."""
        return f"{self.name}-{self.track}" if self.track else self.name

    @property
    def account(self) -> str:
        """The service account its pods run as."""
        return self.shared_account or self.name

    def reaching(self, more: Iterable[Reach]) -> "App":
        """The same workload on a site where its services are at these places."""
        return replace(self, reaches=tuple(dict.fromkeys((*self.reaches, *more))))

    def on_track(self, track: str) -> "App":
        """The same workload as one of several."""
        return replace(self, track=track)

    @property
    def selector(self) -> dict[str, str]:
        """Labels that never change: a Deployment's selector is immutable."""
        return {"app.kubernetes.io/name": self.name} | ({TRACK: self.track} if self.track else {})

    @property
    def labels(self) -> dict[str, str]:
        return self.selector | {"app.kubernetes.io/component": self.domain} | PART_OF

    @property
    def pod_labels(self) -> dict[str, str]:
        return self.labels | {
            reach_label(reach.service): "true" for reach in self.reaches if isinstance(reach, Endpoint)
        }
