"""Moves an alias with a record of it: told before, done, told after; one move of an alias at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jobs.audit.query import ABANDONED, INTENDED, MOVED, open_intents, subject_of
from jobs.errors import RegistryError
from jobs.registry.live import ANCHOR_TAG

if TYPE_CHECKING:
    from jobs.audit.entry import Entry
    from jobs.audit.trail import Trail
    from jobs.registry.versions import Registry, Version

# A move that was begun and has no end after this time has a writer that died.
PATIENCE = timedelta(minutes=5)
# How long others wait for a living writer, and how often they look, in seconds.
TURN, POLL = 10.0, 0.3
PREVIOUS_ALIAS = "previous-{alias}"


@dataclass(frozen=True)
class Move:
    """An alias that shall name `to`, or go when that is None; `before` is what it named when that was decided."""

    alias: str
    to: Version | None
    before: Version | None
    why: str
    keep: bool = True

    @property
    def model(self) -> str:
        known = self.to or self.before
        assert known, "an alias that names nothing cannot go"
        return known.name

    @property
    def subject(self) -> str:
        return subject_of(self.model, self.alias)

    @property
    def version(self) -> str | None:
        return self.to.version if self.to else None

    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "from": self.before.version if self.before else None, "to": self.version, "why": self.why,
            "bundle": self.to.bundle if self.to else None,
        }  # fmt: skip
        return facts | ({"kept_as": PREVIOUS_ALIAS.format(alias=self.alias)} if self.keep and self.before else {})


def carry_out(registry: Registry, trail: Trail, move: Move, facts: Mapping[str, Any]) -> Entry:
    """Intent → alias → effect → the entry of the effect. Run again after an interruption, it ends what was begun.

    Whoever wrote the earliest open intent of an alias has its turn; the others wait for its end.
    Raises RegistryError when that takes too long, or when the alias moved meanwhile; then nothing was changed.
    """
    own = intent = trail.append(INTENDED, move.subject, **{**facts, **move.facts()})
    touched = False
    try:
        for other in [one for one in _open(trail, move.subject) if one.seq < own.seq]:
            if _ends(trail, other):
                continue
            if other.facts.get("to") == move.version:
                # The same command again: its writer died, so its intent is carried out, and ours is not needed.
                trail.append(ABANDONED, move.subject, intent=own.seq, reason=f"carries out entry {other.seq} instead")
                intent = other
                break
            _settle(registry, trail, move, other)
        now = registry.holder(move.model, move.alias)
        if (now.version if now else None) not in (move.before.version if move.before else None, move.version):
            raise RegistryError(
                f"{move.subject} was moved to version {now.version if now else None} meanwhile; nothing was changed",
                change="run the same command again, so that it is compared with that one",
            )
        touched = True
        registry.point(move.model, move.alias, move.version)
        return _end(registry, trail, intent)
    except BaseException as error:
        # The alias may have moved all the same, when only the answer was lost: then the intent stays open.
        with suppress(Exception):
            if intent is own and (not touched or _names(registry, move) != move.version):
                reason = (str(error) or type(error).__name__).splitlines()[0][:300]
                trail.append(ABANDONED, move.subject, intent=own.seq, reason=reason)
        raise


def end_what_was_begun(registry: Registry, trail: Trail, model: str, alias: str, version: str | None) -> Entry | None:
    """The effect's entry for a move to this version, or a removal, whose writer died between alias and entry."""
    subject = subject_of(model, alias)
    for one in open_intents(trail.entries()):
        if one.subject == subject and one.facts.get("to") == version:
            return _end(registry, trail, one)
    return None


def _open(trail: Trail, subject: str) -> list[Entry]:
    return [one for one in open_intents(trail.entries()) if one.subject == subject]


def _ends(trail: Trail, other: Entry) -> bool:
    """Whether a living writer ends its move while we wait; a move takes less than a second."""
    until = time.monotonic() + TURN
    while any(one.seq == other.seq for one in _open(trail, other.subject)):
        if time.monotonic() > until:
            return False
        time.sleep(POLL)
    return True


def _settle(registry: Registry, trail: Trail, move: Move, other: Entry) -> None:
    """Ends or gives up another's move that does not go on, or refuses ours while its writer may still be alive."""
    if other.facts.get("to") == _names(registry, move):
        _end(registry, trail, other)
    elif datetime.now(UTC) - other.when > PATIENCE:
        trail.append(ABANDONED, other.subject, intent=other.seq, reason="its writer died; another move follows")
    else:
        raise RegistryError(
            f"another move of {other.subject} is under way since {other.time[:19]}; nothing was changed",
            given=f"version {move.version}", allowed=f"after entry {other.seq} has ended ({PATIENCE} at most)",
            change="run the same command again",
        )  # fmt: skip


def _end(registry: Registry, trail: Trail, intent: Entry) -> Entry:
    """The alias stands: keeps the version before under its own alias, and tells the effect."""
    model, facts = intent.subject.rpartition("@")[0], intent.facts
    now = registry.holder(model, intent.subject.rpartition("@")[2])
    if "kept_as" in facts and now is not None and now.version == facts["to"]:
        registry.point(model, facts["kept_as"], facts["from"])
    moved = trail.append(MOVED, intent.subject, **{**facts, "intent": intent.seq})
    registry.tag(model, facts["to"] or facts["from"], {ANCHOR_TAG: moved.anchor})
    return moved


def _names(registry: Registry, move: Move) -> str | None:
    now = registry.holder(move.model, move.alias)
    return now.version if now else None
