"""The identity of a workload: its name, its home, its labels and what it may reach."""

from dataclasses import dataclass

from infra.foundation.addresses import Endpoint

PART_OF = {"app.kubernetes.io/part-of": "mlops", "app.kubernetes.io/managed-by": "pulumi"}


def reach_label(service: str) -> str:
    """The label by which a pod asks to reach a Service; the Service's own network policy grants by it."""
    return f"reach.mlops/{service}"


@dataclass(frozen=True)
class App:
    """One workload. `reaches` is the single declaration from which both sides' network policies follow."""

    name: str
    domain: str
    namespace: str
    reaches: tuple[Endpoint, ...] = ()
    reaches_kubernetes: bool = False

    @property
    def selector(self) -> dict[str, str]:
        """Labels that never change: a Deployment's selector is immutable."""
        return {"app.kubernetes.io/name": self.name}

    @property
    def labels(self) -> dict[str, str]:
        return self.selector | {"app.kubernetes.io/component": self.domain} | PART_OF

    @property
    def pod_labels(self) -> dict[str, str]:
        return self.labels | {reach_label(endpoint.service): "true" for endpoint in self.reaches}
