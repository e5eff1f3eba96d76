"""Files of the archive: zstd, byte for byte what they were."""

from __future__ import annotations

from jobs.errors import DataError

SUFFIX = ".zst"
# An archive is written once and seldom read: the smallest level before zstd's memory grows.
LEVEL = 19


def compress(content: bytes) -> bytes:
    import pyarrow as pa

    packed: bytes = pa.Codec("zstd", compression_level=LEVEL).compress(content, asbytes=True)
    return packed


def expand(packed: bytes, size: int, where: str) -> bytes:
    """`size` is the original's. Raises DataError when it is no such file or has another size."""
    import pyarrow as pa

    try:
        content: bytes = pa.Codec("zstd").decompress(packed, size, asbytes=True)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            "the file of an archive cannot be expanded", given=where, details=(str(error),),
            change="take another snapshot, `mlops data list NAME`, or restore this file: docs/runbooks/restore.md",
        ) from error  # fmt: skip
    return content
