"""A resource's URN, taken apart."""

from __future__ import annotations

from dataclasses import dataclass

_OURS = "mlops"
# Components that domains build on; what such a component makes belongs to the domain that uses it.
_SHARED = "foundation"
OUTSIDE = "outside any component"


@dataclass(frozen=True, order=True)
class Urn:
    """`urn:pulumi:dev::mlops::mlops:database:Database$aws:rds/instance:Instance::database`."""

    stack: str
    types: tuple[str, ...]
    name: str

    @classmethod
    def parse(cls, text: str) -> Urn:
        """Names may hold any text, also `::`; types hold neither `::` nor `$`."""
        head, _project, types, name = text.split("::", 3)
        return cls(head.removeprefix("urn:pulumi:"), tuple(types.split("$")), name)

    @property
    def type(self) -> str:
        """Its own type token, without those of its parents."""
        return self.types[-1]

    @property
    def short_type(self) -> str:
        """`aws:rds/instance:Instance` → `aws:rds:Instance`, as the engine's own output has it."""
        parts = self.type.split(":")
        return ":".join((parts[0], parts[1].split("/")[0] if parts[0] != "kubernetes" else parts[1], *parts[2:]))

    @property
    def domain(self) -> str:
        """The outermost component of ours that owns it: its parents' types stand in its URN."""
        parts = (kind.split(":") for kind in self.types)
        ours = [part[1] for part in parts if len(part) == 3 and part[0] == _OURS]
        return next((domain for domain in ours if domain != _SHARED), ours[0] if ours else OUTSIDE)
