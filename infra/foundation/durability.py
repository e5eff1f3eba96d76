"""How much the data of a stack matters, as one value from which everything that guards data follows."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Guards:
    """What a level of durability means, in the words of the resources that hold data."""

    protect: bool
    volumes_when_deleted: str
    backup_retention_days: int
    final_snapshot: bool
    several_zones: bool
    empty_buckets_on_destroy: bool


class Durability(StrEnum):
    """`disposable` tears down clean; `kept` survives a `destroy`; `precious` survives a zone as well."""

    DISPOSABLE = "disposable"
    KEPT = "kept"
    PRECIOUS = "precious"

    @property
    def guards(self) -> Guards:
        kept = self is not Durability.DISPOSABLE
        precious = self is Durability.PRECIOUS
        return Guards(
            protect=kept,
            volumes_when_deleted="Retain" if kept else "Delete",
            backup_retention_days=35 if precious else 7 if kept else 1,
            final_snapshot=kept,
            several_zones=precious,
            empty_buckets_on_destroy=not kept,
        )
