"""What commands print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.errors import ConfigError, explain

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


def progress(as_json: bool) -> Callable[[str], None]:
    """Progress lines: to stdout for people, to stderr beside JSON."""
    stream = sys.stderr if as_json else sys.stdout

    def say(line: str) -> None:
        print(line, file=stream, flush=True)

    return say


def show(data: Any) -> None:
    """One JSON object on stdout."""
    print(json.dumps(data, indent=1, default=str))


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as their widest cell."""
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[place]) for row in cells) for place in range(len(header))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Makes the folder of a file that is written next. Raises ConfigError when it cannot be written."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise explain(error) or ConfigError(
            "this cannot be written", given=place, change="give a place where you may write",
            details=(str(error.strerror),),
        ) from error  # fmt: skip
