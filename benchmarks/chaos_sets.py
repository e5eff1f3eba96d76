"""What was acknowledged beside what is stored, and the table of what was killed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from benchmarks.tables import markdown


class Write(NamedTuple):
    """One thing that a client asked to be kept: its name, which no other write has, and its value."""

    kind: str
    name: str
    value: str


@dataclass(frozen=True)
class Difference:
    """`lost`: acknowledged and not stored as it was. `strange`: stored, though nobody sent it so."""

    lost: tuple[Write, ...]
    strange: tuple[Write, ...]

    @property
    def problems(self) -> list[str]:
        return [
            *(f"acknowledged and lost: {one}" for one in self.lost),
            *(f"stored and never sent, or twice: {one}" for one in self.strange),
        ]


def compare(acknowledged: Iterable[Write], sent: Iterable[Write], stored: Sequence[Write]) -> Difference:
    """Sets, not counts: what was sent and not acknowledged may be there or not, but only once and as it was sent."""
    there, asked = set(stored), set(sent)
    twice = {one for one, times in Counter(stored).items() if times > 1}
    return Difference(tuple(sorted(set(acknowledged) - there)), tuple(sorted(there - asked | twice)))


def dangling(sources: Mapping[str, str], objects: Iterable[str]) -> list[str]:
    """Registered versions, named with the address of their files, below which no object lies."""
    folders = set()
    for address in objects:
        while (address := address.rpartition("/")[0]) and address not in folders:
            folders.add(address)
    return sorted(f"{name}: {where}" for name, where in sources.items() if where.rstrip("/") not in folders)


@dataclass(frozen=True)
class Round:
    """One kill. `first`: until the first acknowledged write that was sent after it. `whole`: until everything that was
    killed is ready again."""

    kind: str
    first: float
    whole: float
    acknowledged: int
    refused: int


def table(rounds: Sequence[Round]) -> str:
    """A line for each kind, in the order in which they were first killed."""
    lines = []
    for kind in dict.fromkeys(one.kind for one in rounds):
        of = [one for one in rounds if one.kind == kind]
        lines.append(
            [
                kind,
                *(_seconds([one.first for one in of]), _seconds([one.whole for one in of])),
                f"{sum(one.acknowledged for one in of):,}",
                f"{sum(one.refused for one in of):,}",
            ]
        )
    header = ("killed (`kill -9`)", "first write after, s", "ready again after, s", "acknowledged writes", "refused")
    return markdown(header, lines)


def _seconds(found: Sequence[float]) -> str:
    each = ", ".join(f"{one:.1f}" for one in found)
    return f"{median(found):.1f} (worst {max(found):.1f}; {each})"
