"""Dumps databases, uploads them with their digests, reads them back and verifies them."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from jobs.database_login import environment
from jobs.errors import ConfigError, MlopsError, explain

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DATABASES = ("mlflow", "mlflow_auth", "studies")
SCRATCH = "MLOPS_SCRATCH_BYTES"
CHUNK = 1024 * 1024
SIZE = (
    "psql", "--no-password", "--no-psqlrc", "--tuples-only", "--no-align",
    "--command=SELECT pg_database_size(current_database())",
)  # fmt: skip


class BackupError(MlopsError):
    """A dump failed, or what was stored is not what was dumped."""


@dataclass(frozen=True)
class Dump:
    """One database's dump in the store."""

    database: str
    key: str
    bytes: int
    sha256: str


class Tool(Protocol):
    """`psql`, `pg_dump` and `pg_restore`, or what stands for them in a test: command → what it prints."""

    def __call__(self, command: Sequence[str]) -> str: ...


def run_tool(command: Sequence[str]) -> str:
    """What the tool prints; server and role come from PG* variables. Raises BackupError with its words, ConfigError."""
    variables = environment()
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=variables)
    except FileNotFoundError as error:
        raise ConfigError(f"{command[0]} is not installed", change="use the jobs image") from error
    if done.returncode != 0:
        raise BackupError(
            f"{command[0]} failed", given=f"exit code {done.returncode}", details=(done.stderr.strip()[-500:],)
        )
    return done.stdout


def backup(store: S3Client, bucket: str, databases: Sequence[str], now: datetime, tool: Tool = run_tool) -> list[Dump]:
    """Dumps each database to `database/<UTC time>/<name>.dump`; the manifest is written last, when all are verified.

    Raises BackupError, ConfigError, UnreachableError; without a manifest a folder is no backup.
    """
    check_space(databases, tool)
    folder = f"database/{now.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}"
    dumps = [_one(store, bucket, f"{folder}/{name}.dump", name, tool) for name in databases]
    manifest = {"time": now.astimezone(UTC).isoformat(), "format": "pg_dump -Fc", "dumps": [asdict(d) for d in dumps]}
    try:
        store.put_object(Bucket=bucket, Key=f"{folder}/manifest.json", Body=json.dumps(manifest, indent=1).encode())
    except Exception as error:
        raise explain(error) or error from error
    return dumps


def check_space(databases: Sequence[str], tool: Tool) -> None:
    """Raises BackupError unless the largest database fits where dumps are written; they are written one by one.

    A dump is compressed and has no indexes, so it is smaller than its database.
    """
    folder = tempfile.gettempdir()
    free = min(shutil.disk_usage(folder).free, _scratch())
    for database in databases:
        needed = int(tool([*SIZE, database]))
        if needed > free:
            raise BackupError(
                f"{folder} has too little space for a dump of {database}; nothing was written",
                given=f"{free} bytes free",
                allowed=f"at least {needed} bytes, the database's size",
                change="free space there, set TMPDIR to a larger volume, or raise schedules.databaseBackup.scratch",
            )


def _scratch() -> float:
    """Bytes that this pod may write at all. Raises ConfigError."""
    given = os.environ.get(SCRATCH)
    if given is None:
        return math.inf
    if not given.isdecimal():
        raise ConfigError(f"{SCRATCH} is {given!r}: give a number of bytes")
    return int(given)


def _one(store: S3Client, bucket: str, key: str, database: str, tool: Tool) -> Dump:
    with tempfile.TemporaryDirectory(prefix="mlops-backup-") as folder:
        path = Path(folder) / f"{database}.dump"
        tool(["pg_dump", "--format=custom", "--no-password", f"--file={path}", database])
        # Reads the table of contents: a truncated dump fails here, not on the day it is needed.
        tool(["pg_restore", "--list", str(path)])
        sha256, size = _digest_of(path)
        try:
            store.upload_file(str(path), bucket, key, ExtraArgs={"Metadata": {"sha256": sha256}})
            stored = _stored_digest(store, bucket, key)
        except Exception as error:
            raise explain(error) or error from error
    if stored != sha256:
        raise BackupError(f"the stored dump of {database} is not what was dumped", given=stored, allowed=sha256)
    return Dump(database, key, size, sha256)


def _digest_of(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _stored_digest(store: S3Client, bucket: str, key: str) -> str:
    sha = hashlib.sha256()
    for chunk in store.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK):
        sha.update(chunk)
    return sha.hexdigest()
