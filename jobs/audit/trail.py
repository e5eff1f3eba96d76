"""The trail: appends with any number of writers at once, reads, and verifies the chain."""

from __future__ import annotations

import getpass
import os
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.audit.chain import Broken, broken_links
from jobs.audit.entry import GENESIS, TIME, AuditError, Entry
from jobs.audit.store import EntryStore, FolderStore, S3Store, read_all

# Each lost race means that another writer got through, so this many are lost only by a storm of writers.
ATTEMPTS = 400


@dataclass(frozen=True)
class Trail:
    """Entries at one place. Safe to use from several threads and processes at once."""

    store: EntryStore
    place: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def open(cls, place: str | None = None) -> Trail:
        """At `s3://bucket[/prefix]` or a folder; by default where MLOPS_AUDIT says. Raises ConfigError."""
        from jobs.places import audit_trail

        where = place or audit_trail()
        if where.startswith("s3://"):
            from jobs.store import split

            return cls(S3Store(*split(where)), where)
        return cls(FolderStore(Path(where)), where)

    def append(self, action: str, subject: str, **facts: Any) -> Entry:
        """The new entry, when it is stored. Raises AuditError, UnreachableError; then it is not in the trail."""
        actor, nonce = who(), secrets.token_hex(8)
        head = self._head(None)
        for _ in range(ATTEMPTS):
            now = self.clock().astimezone(UTC).strftime(TIME)
            entry = Entry(
                seq=head.seq + 1 if head else 1, time=max(now, head.time) if head else now, actor=actor,
                action=action, subject=subject, facts=facts, previous=head.sha256 if head else GENESIS, nonce=nonce,
            ).sealed()  # fmt: skip
            content = entry.to_bytes()
            if self.store.write_new(entry.seq, content) or self._mine(entry.seq, content):
                return entry
            time.sleep(random.uniform(0, 0.02))  # spreads writers that lost the same race
            head = self._head(head)
        raise AuditError("too many others write to the audit trail; nothing was changed", given=self.place)

    def entries(self) -> list[Entry]:
        """All, in order. Raises AuditError unless the chain is whole: nobody may act on a forged trail."""
        entries, broken = self.check()
        if broken:
            raise AuditError(
                "the audit trail is broken", given=self.place, details=tuple(str(one) for one in broken[:5]),
                change="look at it with `mlops audit verify`",
            )  # fmt: skip
        return entries

    def check(self) -> tuple[list[Entry], list[Broken]]:
        """Every entry that can be read, and everything that is wrong with the chain."""
        numbers = self.store.numbers()
        now = self.clock().astimezone(UTC)
        return broken_links(numbers, read_all(self.store, numbers), self.store.rewritten(), now)

    def _head(self, known: Entry | None) -> Entry | None:
        """The last entry, looked for behind a known one. Raises AuditError when numbers are missing before it."""
        start = known.seq if known else 0
        numbers = self.store.numbers(start)
        if not numbers:
            return known
        if len(numbers) != numbers[-1] - start:
            raise AuditError(
                "entries of the audit trail are missing; nothing was changed", given=self.place,
                change="see which with `mlops audit verify`; restore them from the bucket's versions",
            )  # fmt: skip
        try:
            return Entry.from_bytes(self.store.read(numbers[-1]))
        except ValueError as error:
            raise AuditError(
                "the last entry of the audit trail is no entry; nothing was changed",
                given=f"{self.place}, number {numbers[-1]}: {error}",
            ) from error

    def _mine(self, seq: int, content: bytes) -> bool:
        """Whether the number is taken by this very entry: an answer was lost and the client asked again."""
        return seq in self.store.numbers(seq - 1) and self.store.read(seq) == content


def who() -> str:
    """MLflow's user or the operating system's, and the pod."""
    try:
        user = os.environ.get("MLFLOW_TRACKING_USERNAME") or getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = f"uid {os.getuid()}"
    pod = os.environ.get("HOSTNAME") if os.environ.get("KUBERNETES_SERVICE_HOST") else None
    return f"{user} in {pod}" if pod else user
