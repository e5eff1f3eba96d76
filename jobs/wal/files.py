"""The files of a server that is to come up as it was at a time: a base, and the log that continues it."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from jobs.backup.errors import BackupError
from jobs.backup.seal import Opener
from jobs.backup.verify import verify
from jobs.datasets.shelf import Shelf
from jobs.errors import DataError
from jobs.restore.reader import Reader
from jobs.wal.coverage import Span
from jobs.wal.piece import Piece
from jobs.wal.position import begin, file_name

DATA, LOG = "data", "log"
# Of the files below `DATA`; the server's own are those of its former place.
_HBA = "host all all 127.0.0.1/32 trust\nlocal all all trust\n"
READERS = 3
_AHEAD = 6


def lay_out(shelf: Shelf, span: Span, time: datetime | None, opener: Opener, folder: Path) -> None:
    """Below an empty folder: `data`, which a PostgreSQL of the same version starts with, and `log`.

    Every byte of the base is compared before the first is written. The server trusts everyone at 127.0.0.1, replays to
    the last commit that is not later than the time, or all that there is, and then takes writes. Raises BackupError.
    """
    verify(shelf, span.base, opener)
    data, log = folder / DATA, folder / LOG
    try:
        data.mkdir(mode=0o700, parents=True)
        log.mkdir()
    except OSError as error:
        raise BackupError(
            "the folder cannot be used", given=folder, allowed="an empty one",
            change="give --folder one that is not there yet, where you may write", details=(str(error),),
        ) from error  # fmt: skip
    with (
        Reader(shelf, span.base, opener) as reader,
        tarfile.open(fileobj=io.BufferedReader(_Stream(reader.stream(span.base.content))), mode="r|") as archive,
    ):
        archive.extractall(data, filter="data")
    _write_log(shelf, span, opener, log)
    settings = {
        "restore_command": f'cp "{log}/%f" "%p"', **({"recovery_target_time": time.isoformat(" ")} if time else {}),
        "recovery_target_action": "promote", "recovery_target_timeline": "current", "hot_standby": "off",
        "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "full_page_writes": "off",
        "max_wal_size": "1GB", "maintenance_work_mem": "64MB", "timezone": "UTC",
    }  # fmt: skip
    (data / "postgresql.conf").write_text("".join(f"{key} = '{value}'\n" for key, value in settings.items()))
    (data / "postgresql.auto.conf").write_text("")
    (data / "pg_hba.conf").write_text(_HBA)
    (data / "pg_ident.conf").write_text("")
    (data / "recovery.signal").write_text("")


def _write_log(shelf: Shelf, span: Span, opener: Opener, folder: Path) -> None:
    segment = span.base.segment
    start = begin(span.base.start, segment)
    for piece, raw in _opened(shelf, span.pieces, opener):
        skipped = max(0, start - piece.start)
        position, rest = piece.start + skipped, raw[skipped:]
        while rest:
            path = folder / file_name(piece.timeline, position, segment)
            if not path.exists():
                # Whole from the beginning: what the log has not reached is zeros, as in the server's own files.
                with path.open("wb") as file:
                    file.truncate(segment)
            here = min(len(rest), begin(position, segment) + segment - position)
            with path.open("r+b") as file:
                file.seek(position % segment)
                file.write(rest[:here])
            position, rest = position + here, rest[here:]


def _opened(shelf: Shelf, pieces: tuple[Piece, ...], opener: Opener) -> Iterator[tuple[Piece, memoryview]]:
    """In order, a few fetched ahead."""

    def one(piece: Piece) -> memoryview:
        try:
            sealed = shelf.read(piece.key)
        except DataError as error:
            raise BackupError(
                "a piece of the log is missing", given=piece.key, change="take an earlier time"
            ) from error
        if hashlib.sha256(sealed).hexdigest() != piece.sha256:
            raise BackupError(
                "a piece of the log is not what was written", given=piece.key, change="take a time before it, or a set"
            )
        return opener.open(sealed, piece.bytes, piece.key)

    with ThreadPoolExecutor(READERS, thread_name_prefix="piece") as pool:
        for place in range(0, len(pieces), _AHEAD):
            some = pieces[place : place + _AHEAD]
            yield from zip(some, pool.map(one, some), strict=True)


class _Stream(io.RawIOBase):
    """Chunks as a file that is read once."""

    def __init__(self, chunks: Iterator[memoryview]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """At most as much as there is room; 0 at the end."""
        if not self._rest:
            self._rest = bytes(next(self._chunks, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
