"""How much the data of a stack matters, as one value from which everything that guards data follows."""

from enum import StrEnum


class Durability(StrEnum):
    """`disposable` tears down clean; `kept` is refused to a `destroy`. A volume outlives its server in either."""

    DISPOSABLE = "disposable"
    KEPT = "kept"

    @property
    def protect(self) -> bool:
        """Whether the engine refuses to delete what holds data."""
        return self is Durability.KEPT
