"""Every version of a model looked at: do its files match, what does its run say, what does the trail know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobs.audit.entry import Entry
from jobs.audit.query import aliases, differences, matching
from jobs.audit.trail import Trail
from jobs.errors import MlopsError, UnreachableError
from jobs.registry.live import live_aliases, live_anchors
from jobs.training.record import SOURCE_TAG

if TYPE_CHECKING:
    from jobs.registry.versions import Registry, Version


@dataclass(frozen=True)
class Examined:
    """One version; `problem` says what is wrong with its files, nothing when they match their digest."""

    version: Version
    problem: str | None
    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class Examination:
    """A model with all its versions, the newest first, and its part of the trail, the oldest first."""

    model: str
    versions: list[Examined]
    entries: list[Entry]
    head: str | None
    problems: list[str]

    def as_dict(self) -> dict[str, Any]:
        return {
            "model": self.model, "problems": self.problems, "trailHead": self.head,
            "versions": [
                {**one.version.as_dict(), "problem": one.problem, "metrics": one.metrics, "params": one.params}
                for one in self.versions
            ],
            "entries": [entry.as_dict() for entry in self.entries],
        }  # fmt: skip


def examine(registry: Registry, model: str) -> Examination:
    """Raises RegistryError without such a model, UnreachableError; anything else that is wrong is told in it."""
    versions = [_one(registry, version) for version in registry.versions(model)]
    whole, broken = Trail.open().check()
    entries = matching(whole, model, "", None)
    about = (f"{model}@", f"{model}/")
    standing = {key: value for key, value in live_aliases().items() if key.startswith(about)}
    anchors = {key: value for key, value in live_anchors().items() if key.startswith(about)}
    problems = [f"the trail: {one}" for one in broken]
    problems += [line for line in differences(whole, standing, anchors) if line.startswith(about)]
    problems += [f"version {one.version.version}: {one.problem}" for one in versions if one.problem]
    return Examination(model, versions, entries, whole[-1].anchor if whole else None, problems)


def holders(examination: Examination) -> dict[str, tuple[str, Entry]]:
    """Alias → version and the entry that made it so."""
    return {
        subject.rpartition("@")[2]: (named.version, named.entry)
        for subject, named in sorted(aliases(examination.entries).items())
    }


def _one(registry: Registry, version: Version) -> Examined:
    try:
        registry.verify(version)
        problem = None
    except UnreachableError:
        raise
    except MlopsError as error:
        problem = error.problem
    if not version.run_id:
        return Examined(version, problem)
    try:
        run = registry.run(version.run_id)
    except MlopsError:
        return Examined(version, problem or f"its run {version.run_id} is gone")
    data = run.data
    return Examined(version, problem, dict(data.metrics), dict(data.params), data.tags.get(SOURCE_TAG, ""))
