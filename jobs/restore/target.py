"""Where a set goes. Pure: the platform's own databases and buckets, or scratch ones beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from jobs.backup.errors import OTHER_SET, BackupError
from jobs.backup.manifest import Bucket, Content, Database, Manifest
from jobs.errors import ConfigError
from jobs.places import Purpose

Part = Literal["database", "artifacts", "registry"]
PARTS: tuple[Part, ...] = ("database", "artifacts", "registry")
_SCRATCH = re.compile(r"[a-z][a-z0-9]{0,15}")
# Of MLflow's database: all that makes a registry, parents first.
REGISTRY = (
    "registered_models", "registered_model_tags", "registered_model_aliases", "model_versions", "model_version_tags",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """`databases`: of the set → where to. `buckets`: purpose → where to."""

    manifest: Manifest
    only: Part | None
    databases: Mapping[str, str]
    buckets: Mapping[Purpose, str]

    @classmethod
    def of(cls, manifest: Manifest, only: str | None, into: str | None, buckets: Mapping[Purpose, str]) -> Target:
        """`buckets` are the platform's own by purpose; without objects in it a scratch bucket is not made.

        Raises ConfigError.
        """
        beside = into if only != "database" else None
        part = next((one for one in PARTS if one == only), None)
        if only is not None and part is None:
            raise ConfigError(
                "there is no such part", given=only, allowed=", ".join(PARTS),
                change="give one of these to --only, or restore all of the set without it",
            )  # fmt: skip
        if into is not None and not _SCRATCH.fullmatch(into):
            raise ConfigError(
                "the name of a scratch place", given=into, allowed="up to 16 letters a-z and digits",
                change="give --into a name that begins with a letter, such as look",
            )  # fmt: skip
        if into is not None and part == "registry":
            raise ConfigError("a registry alone goes into the database that it belongs to", change="leave out --into")
        return cls(
            manifest, part,
            {one.name: f"{into}_{one.name}" if into else one.name for one in manifest.databases},
            {one.purpose: f"{beside}-{one.name}" if beside else buckets[one.purpose] for one in manifest.buckets},
        )  # fmt: skip

    @property
    def whole_databases(self) -> tuple[Database, ...]:
        """Those that are put back as a whole."""
        return self.manifest.databases if self.only in (None, "database") else ()

    @property
    def filled_buckets(self) -> tuple[Bucket, ...]:
        return self.manifest.buckets if self.only in (None, "artifacts") else ()

    @property
    def registry(self) -> Database:
        """The database with the registry. Raises BackupError when the set has none."""
        for one in self.manifest.databases:
            if registry_tables(one):
                return one
        raise BackupError(
            "the set has no registry", given=[one.name for one in self.manifest.databases],
            change=f"{OTHER_SET}, or do not ask for --only registry",
        )  # fmt: skip

    def contents(self) -> list[Content]:
        """What is needed of the set."""
        found = [one.content for bucket in self.filled_buckets for one in bucket.objects]
        for database in self.whole_databases:
            found += [database.before, database.after, *(table.content for table in database.tables)]
        if self.only == "registry":
            found += [table.content for table in self.registry.tables if table.name in registry_tables(self.registry)]
        return found

    @property
    def renamed(self) -> dict[str, str]:
        """Bucket of the set → bucket that takes its place, where they differ."""
        return {
            one.name: self.buckets[one.purpose]
            for one in self.manifest.buckets
            if one.name != self.buckets[one.purpose]
        }


def registry_tables(database: Database) -> list[str]:
    """Names as the set has them, parents first; none in a database without a registry."""
    names = {table.name for table in database.tables}
    return [name for each in REGISTRY if (name := f'"public"."{each}"') in names]
