"""Aliases that a rollout moves and removes, each with its entries in the trail; what stands already is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.registry.moves import Move, carry_out, end_what_was_begun

if TYPE_CHECKING:
    from jobs.audit.trail import Trail
    from jobs.registry.versions import Registry


@dataclass(frozen=True)
class Names:
    """Safe to run again at any point. Raises RegistryError when another move of the alias is under way."""

    registry: Registry
    trail: Trail

    def named(self, model: str, alias: str) -> str | None:
        holder = self.registry.holder(model, alias)
        return holder.version if holder else None

    def point(self, model: str, alias: str, version: str, why: str, *, keep: bool = False) -> None:
        """`keep`: the version that it named before is kept as `previous-<alias>`."""
        before = self.registry.holder(model, alias)
        if before is not None and before.version == version:
            # A move whose writer died between alias and entry.
            end_what_was_begun(self.registry, self.trail, model, alias, version)
        else:
            move = Move(alias, self.registry.find(model, version), before, why, keep=keep)
            carry_out(self.registry, self.trail, move, {})

    def remove(self, model: str, alias: str, why: str) -> None:
        if (before := self.registry.holder(model, alias)) is not None:
            carry_out(self.registry, self.trail, Move(alias, None, before, why, keep=False), {})
        else:
            end_what_was_begun(self.registry, self.trail, model, alias, None)
