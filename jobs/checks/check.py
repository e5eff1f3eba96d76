"""A question and what was found. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from jobs.checks.system import System

State = Literal["ok", "bad", "skipped"]


@dataclass(frozen=True)
class Finding:
    """`says`: what was seen, in one line; `change`: what to do about it when it is bad."""

    state: State
    says: str
    change: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """`proves`: what is true when it is ok; `ask` raises MlopsError, or whatever a client raises, when it is bad."""

    name: str
    proves: str
    ask: Callable[[System], Finding]


@dataclass(frozen=True)
class Result:
    """One check's finding and how long it took."""

    name: str
    state: State
    says: str
    change: str
    details: tuple[str, ...]
    milliseconds: float


def fine(says: str) -> Finding:
    return Finding("ok", says)


def skipped(says: str) -> Finding:
    """This platform has no such part, or nothing was done yet that could be looked at."""
    return Finding("skipped", says)


def bad(says: str, change: str, *details: str) -> Finding:
    return Finding("bad", says, change, details)


def judged(problems: list[str], well: str, change: str) -> Finding:
    """Bad with the first problem when there is one, the others as details."""
    if not problems:
        return fine(well)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return bad(problems[0] + more, change, *problems[1:])
