"""A figure that Prometheus works out and keeps, under a name that dashboards and people use."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Recording:
    """`level:metric:operation`, as Prometheus' own conventions name them.

    `slowly`: every five minutes are enough, because it looks at days.
    """

    name: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)
    slowly: bool = False

    def rule(self) -> dict[str, object]:
        labels: dict[str, object] = {"labels": dict(self.labels)} if self.labels else {}
        return {"record": self.name, "expr": self.expr, **labels}
