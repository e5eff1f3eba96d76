"""How much the data of a stack matters, as one value from which everything that guards data follows."""

from enum import StrEnum


class Durability(StrEnum):
    """`disposable` tears down clean; `kept` is refused to a `destroy`. A volume outlives its server in either."""

    DISPOSABLE = "disposable"
    KEPT = "kept"

    @property
    def protect(self) -> bool:
        """Whether the engine, and the service where it can, refuses to delete what holds data."""
        return self is Durability.KEPT

    @property
    def clean_teardown(self) -> bool:
        """Whether a destroy may empty buckets and repositories and leave no snapshot behind."""
        return not self.protect

    @property
    def standby(self) -> bool:
        """Whether a database has a second server in another zone."""
        return self is Durability.KEPT

    @property
    def backup_days(self) -> int:
        """How far back a database can be restored to any second; RDS allows 1 to 35."""
        return 30 if self is Durability.KEPT else 7

    @property
    def lock_days(self) -> int:
        """How long nobody can remove a backup, not even its writer; 0: backups go when the stack goes."""
        return 30 if self is Durability.KEPT else 0

    @property
    def key_deletion_days(self) -> int:
        """How long a deleted encryption key can be had back; KMS allows 7 to 30."""
        return 30 if self is Durability.KEPT else 7
