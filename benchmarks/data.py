"""CPU seconds, peak memory and bytes of the data pipeline and the archive, written into docs/data.md.

    python -m benchmarks.data [--rows 7043 100000 1000000] [--print]

Rows are drawn from the real table with replacement, seeded. Each size is a process of its own, so that its peak is its
own: Parquet file → validated, encoded, one snapshot; then that snapshot archived and read back.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import platform
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.memory import peak
from jobs.config import load
from jobs.datasets.archive import archive
from jobs.datasets.catalog import Catalog
from jobs.datasets.config import Pipeline
from jobs.datasets.manifest import DATA
from jobs.datasets.parquet import read_frame
from jobs.datasets.pipeline import run_pipeline
from jobs.datasets.source import FileSource

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "configs" / "churn-data.yaml"
DOCUMENT = ROOT / "docs" / "data.md"
MARK = "<!-- written by python -m benchmarks.data -->"
SPAWN = multiprocessing.get_context("spawn")
THEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Figures:
    """CPU in seconds, memory in MB, sizes in bytes; `idle` is the memory before the first row was read."""

    rows: int
    pipeline: float
    read: float
    archive: float
    idle: float
    peak: float
    live: int
    archived: int


def measure(path: str, rows: int) -> Figures:
    """Of one file, in this process."""
    pipeline = load(Pipeline, CONFIG).model_copy(update={"data": FileSource(kind="file", path=path)})
    for library in ("pandas", "pandera.pandas", "pyarrow.parquet"):
        # Its own memory is not the rows'.
        importlib.import_module(library)
    idle = peak()
    with tempfile.TemporaryDirectory() as root:
        catalog = Catalog(root)
        began = time.process_time()
        written = run_pipeline(pipeline, catalog, THEN, lambda _: None)
        taken = time.process_time()
        read_frame(catalog.read(written.snapshot, DATA), DATA)
        read = time.process_time()
        run_pipeline(pipeline.model_copy(update={"labelled": False}), catalog, THEN + timedelta(days=1), lambda _: None)
        before = time.process_time()
        moved = archive(catalog, written.snapshot)
        ended = time.process_time()
    return Figures(rows, taken - began, read - taken, ended - before, idle, peak(), moved.before, moved.after)


def figures(sizes: list[int]) -> list[Figures]:
    """One process for each size."""
    frame = load(Pipeline, CONFIG).data.read()
    found = []
    for rows in sizes:
        drawn = np.random.default_rng(1).integers(0, len(frame), rows)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "rows.parquet")
            (frame if rows == len(frame) else frame.iloc[drawn]).to_parquet(path, index=False)
            with SPAWN.Pool(1) as pool:
                found.append(pool.apply(measure, (path, rows)))
    return found


def text_of(found: list[Figures]) -> str:
    """The table as Markdown."""
    lines = [
        "| rows | pipeline | read a snapshot | archive it | memory for the rows | snapshot | archived |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {one.rows:,} | {one.pipeline:.1f} s | {one.read:.2f} s | {one.archive:.1f} s "
            f"| {one.peak - one.idle:.0f} MB | {one.live / 1e6:.2f} MB | {one.archived / one.live:.0%} |"
            for one in found
        ),
    ]
    said = f"CPU time; {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}."
    return "\n".join([*lines, "", said])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, nargs="+", default=[7043, 100_000, 1_000_000])
    asked.add_argument("--print", action="store_true", help="do not write the document")
    options = asked.parse_args()
    text = text_of(figures(options.rows))
    print(text)
    if not options.print:
        before, _, after = DOCUMENT.read_text().split(MARK)
        DOCUMENT.write_text(f"{before}{MARK}\n\n{text}\n\n{MARK}{after}")


if __name__ == "__main__":
    main()
