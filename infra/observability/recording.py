"""A figure that Prometheus works out and keeps, under a name that dashboards and people use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recording:
    """`level:metric:operation`, as Prometheus' own conventions name them."""

    name: str
    expr: str

    def rule(self) -> dict[str, object]:
        return {"record": self.name, "expr": self.expr}
