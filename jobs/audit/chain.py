"""Whether a chain of entries is whole; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.audit.entry import GENESIS, Entry

# Clocks of hosts differ; an entry further in the future than this was not written by an honest one.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Broken:
    """What is wrong with one number of the trail."""

    seq: int
    problem: str

    def __str__(self) -> str:
        return f"entry {self.seq}: {self.problem}"


def broken_links(
    numbers: Sequence[int], contents: Sequence[bytes], rewritten: Sequence[int], now: datetime
) -> tuple[list[Entry], list[Broken]]:
    """Numbers (ascending) and their contents → the entries that can be read, and all that is wrong."""
    entries: list[Entry] = []
    broken = [Broken(seq, "was written twice or removed; the bucket has its versions") for seq in rewritten]
    last = numbers[-1] if numbers else 0
    broken += [Broken(seq, "is missing") for seq in sorted(set(range(1, last + 1)) - set(numbers))]
    before: Entry | None = None
    for seq, content in zip(numbers, contents, strict=True):
        try:
            entry = Entry.from_bytes(content)
        except (ValueError, TypeError) as error:
            broken.append(Broken(seq, f"is no entry: {error}"))
            before = None
            continue
        entries.append(entry)
        broken += [Broken(seq, problem) for problem in _problems(seq, entry, before, seq == 1, now)]
        before = entry
    return entries, sorted(broken, key=lambda one: one.seq)


def _problems(seq: int, entry: Entry, before: Entry | None, first: bool, now: datetime) -> list[str]:
    problems = []
    if entry.seq != seq:
        problems.append(f"says that it is number {entry.seq}")
    if entry.sha256 != entry.expected():
        problems.append("was changed: its content does not give its hash")
    if first and entry.previous != GENESIS:
        problems.append("does not begin the chain: entries before it were cut off")
    if before is not None and before.seq == seq - 1:
        if entry.previous != before.sha256:
            problems.append(f"does not continue entry {before.seq}: one of the two was replaced")
        if entry.time < before.time:
            problems.append(f"is older than entry {before.seq}")
    if entry.when > now + CLOCK_SKEW:
        problems.append(f"is of the future: {entry.time}")
    return problems
