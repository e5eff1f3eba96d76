"""What the trail says: which version an alias named at a time, and what was begun and not ended; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from jobs.audit.entry import Entry

REGISTERED = "version.registered"
INTENDED = "alias.intended"
MOVED = "alias.moved"
ABANDONED = "alias.abandoned"
# What stood in the registry without an entry, put on record by a person.
ADOPTED = "alias.adopted"
REFUSED = "promotion.refused"


@dataclass(frozen=True)
class Named:
    """A version that an alias named, and the entry that made it so."""

    version: str
    entry: Entry


def subject_of(model: str, alias: str) -> str:
    """`churn-classifier@champion`."""
    return f"{model}@{alias}"


def until(entries: Iterable[Entry], when: datetime | None) -> list[Entry]:
    """Entries written at that time or before; all without one."""
    return [entry for entry in entries if when is None or entry.when <= when]


def matching(entries: Iterable[Entry], subject: str, action: str, since: datetime | None) -> list[Entry]:
    """Entries about a model (all its versions and aliases) or one subject, of one action or one kind of them."""
    return [
        entry
        for entry in entries
        if (not subject or subject in (entry.subject, re.split("[@/]", entry.subject)[0]))
        and (not action or entry.action == action or entry.action.startswith(f"{action}."))
        and (since is None or entry.when >= since)
    ]


def aliases(entries: Iterable[Entry]) -> dict[str, Named]:
    """Subject `model@alias` → what it names after these entries. An alias that was removed is not in it.

    Only the first end of a move counts: when one writer has ended another's, the other may still tell its own.
    """
    standing: dict[str, Named] = {}
    ended: set[int] = set()
    for entry in entries:
        intent = int(entry.facts.get("intent", 0))
        late = intent in ended
        if entry.action in (MOVED, ABANDONED) and intent:
            ended.add(intent)
        if late or entry.action not in (MOVED, ADOPTED):
            continue
        version = entry.facts.get("to")
        if version is None:
            standing.pop(entry.subject, None)
        else:
            standing[entry.subject] = Named(str(version), entry)
        kept, before = entry.facts.get("kept_as"), entry.facts.get("from")
        if kept and before is not None:
            model = entry.subject.rpartition("@")[0]
            standing[subject_of(model, str(kept))] = Named(str(before), entry)
    return standing


def open_intents(entries: Iterable[Entry]) -> list[Entry]:
    """Moves that were begun, and neither ended nor given up: their writer may have died between."""
    opened: dict[int, Entry] = {}
    for entry in entries:
        if entry.action == INTENDED:
            opened[entry.seq] = entry
        elif entry.action in (MOVED, ABANDONED):
            opened.pop(int(entry.facts.get("intent", 0)), None)
    return list(opened.values())


def registered(entries: Iterable[Entry]) -> set[str]:
    """Versions with an entry of their registration, as `model/number`."""
    return {entry.subject for entry in entries if entry.action == REGISTERED}


def differences(entries: list[Entry], live: Mapping[str, str], anchors: Mapping[str, str]) -> list[str]:
    """What the registry says otherwise. `live`: `model@alias` → version; `anchors`: where it was found → `seq:sha256`.

    An anchor is an entry's number and hash kept in the registry: a trail that was cut short or rewritten misses it.
    """
    standing = aliases(entries)
    told = []
    for subject in sorted({*standing, *live}):
        named, now = standing.get(subject), live.get(subject)
        says = f"version {named.version} (entry {named.entry.seq})" if named else "nothing"
        if (named.version if named else None) != now:
            told.append(f"{subject} names {f'version {now}' if now else 'nothing'}, the trail says {says}")
    for entry in open_intents(entries):
        told.append(
            f"{entry.subject}: the move to {entry.facts.get('to')} was begun by entry {entry.seq} and has no end; "
            "run the same command again"
        )
    known = {entry.anchor for entry in entries}
    for where, anchor in sorted(anchors.items()):
        if anchor not in known:
            told.append(
                f"{where} was recorded by entry {anchor.split(':')[0]}, which the trail does not have as it was"
            )
    return told
