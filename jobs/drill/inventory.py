"""Every table and every object of a platform as it is, read another way than sets are: to compare before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import ValidationError

from jobs.backup.databases import TABLES
from jobs.backup.server import connected, quoted
from jobs.config import Frozen
from jobs.errors import DataError, explain
from jobs.store import client, list_objects, split

READERS = 4
BLOCK = 1024 * 1024


class Inventory(Frozen):
    """Database → table → rows and a digest of them in any order; bucket → key → sha256."""

    tables: dict[str, dict[str, str]]
    objects: dict[str, dict[str, str]]

    def differences(self, after: Inventory) -> list[str]:
        """What is there after, is not, or is other; by name."""
        return [
            *_differences("table", self.tables, after.tables),
            *_differences("object", self.objects, after.objects),
        ]

    @property
    def counts(self) -> str:
        tables, objects = (sum(map(len, part.values())) for part in (self.tables, self.objects))
        return f"{tables} tables, {objects} objects"


def take(databases: Sequence[str], buckets: Sequence[str]) -> Inventory:
    """Raises UnreachableError, BackupError."""
    return Inventory(
        tables={name: _tables(name) for name in databases}, objects={name: _objects(name) for name in buckets}
    )


def read(path: Path) -> Inventory:
    """Raises DataError."""
    try:
        return Inventory.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(
            "this is no inventory", given=path, change="give a file that `mlops dr inventory` wrote"
        ) from error


def _tables(name: str) -> dict[str, str]:
    found = {}
    with connected(name, autocommit=True) as connection:
        for space, table, _ in connection.execute(TABLES.encode()).fetchall():
            row = connection.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM ONLY {quoted(space, table)} t"
                .encode()
            ).fetchone()  # fmt: skip
            assert row
            found[f"{space}.{table}"] = f"{row[0]} rows, {row[1]}"
    return found


def _objects(bucket: str) -> dict[str, str]:
    keys = [split(url)[1] for url, _ in list_objects(f"s3://{bucket}")]

    def one(key: str) -> str:
        whole = hashlib.sha256()
        try:
            for block in client().get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(BLOCK):
                whole.update(block)
        except Exception as error:
            raise explain(error) or error from error
        return whole.hexdigest()

    with ThreadPoolExecutor(READERS, thread_name_prefix="inventory") as pool:
        return dict(zip(keys, pool.map(one, keys), strict=True))


def _differences(
    what: str, before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> list[str]:
    found = []
    for place in sorted(before.keys() | after.keys()):
        old, new = before.get(place, {}), after.get(place, {})
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                found.append(f"{what} {place} {name}: {old.get(name, 'none')} before, {new.get(name, 'none')} after")
    return found
