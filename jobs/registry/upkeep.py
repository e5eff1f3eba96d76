"""Tags, notes and the archive: what people say about versions, each time with an entry in the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jobs.audit.trail import Trail
from jobs.errors import ConfigError, RegistryError
from jobs.registry.versions import ARCHIVED_TAG

if TYPE_CHECKING:
    from jobs.registry.versions import Registry, Version

TAGGED, NOTED, ARCHIVED, RESTORED = "version.tagged", "version.noted", "version.archived", "version.restored"
# Ours and MLflow's, which programs read.
RESERVED = ("mlops.", "mlflow.")
MAX_NOTE = 4000


def parse_tags(texts: Sequence[str]) -> dict[str, str | None]:
    """`key=value` to set, `key=` to remove. Raises ConfigError."""
    tags: dict[str, str | None] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise ConfigError("this is no tag", given=text, allowed="key=value, or key= to remove it")
        if key.startswith(RESERVED):
            raise ConfigError("programs own this tag", given=key, allowed=f"keys that begin with none of {RESERVED}")
        tags[key.strip()] = value or None
    return tags


def tag(registry: Registry, version: Version, tags: Mapping[str, str | None]) -> Version:
    """Sets and removes tags; what is so already makes no entry."""
    new = {key: value for key, value in tags.items() if version.tags.get(key) != value}
    if new:
        before = {key: version.tags.get(key) for key in new}
        Trail.open().append(TAGGED, _subject(version), before=before, after=new)
    for key, value in new.items():
        if value is None:
            registry.untag(version.name, version.version, key)
        else:
            registry.tag(version.name, version.version, {key: value})
    return registry.find(version.name, version.version)


def note(registry: Registry, version: Version, text: str) -> Version:
    """Replaces the version's note; the trail keeps the one before."""
    if len(text) > MAX_NOTE:
        raise ConfigError("the note is too long", given=f"{len(text)} characters", allowed=MAX_NOTE)
    if text != version.note:
        Trail.open().append(NOTED, _subject(version), before=version.note, after=text)
        registry.describe(version.name, version.version, text)
    return registry.find(version.name, version.version)


def to_archive(versions: Sequence[Version], age: timedelta, now: datetime) -> list[Version]:
    """Older than that, named by no alias, not archived yet. Pure."""
    latest = (now - age).timestamp() * 1000
    return [one for one in versions if one.created < latest and not one.aliases and not one.archived]


def archive(registry: Registry, version: Version, why: str) -> Version:
    """From now on it may not be promoted; its files stay. Raises RegistryError when an alias names it."""
    now = registry.find(version.name, version.version)
    if now.aliases:
        raise RegistryError(
            "an alias names this version; nothing was changed", given=f"{_subject(now)} @{', @'.join(now.aliases)}",
            change="point the alias at another version first",
        )  # fmt: skip
    if not now.archived:
        entry = Trail.open().append(ARCHIVED, _subject(now), why=why)
        registry.tag(now.name, now.version, {ARCHIVED_TAG: entry.time})
    return registry.find(version.name, version.version)


def restore(registry: Registry, version: Version) -> Version:
    """It may be promoted again."""
    if version.archived:
        Trail.open().append(RESTORED, _subject(version), since=version.tags[ARCHIVED_TAG])
        registry.untag(version.name, version.version, ARCHIVED_TAG)
    return registry.find(version.name, version.version)


def _subject(version: Version) -> str:
    return f"{version.name}/{version.version}"
