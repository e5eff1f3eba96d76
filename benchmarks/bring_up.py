"""Times `make up` as a user would see it and writes the figures into README.md.

    python -m benchmarks.bring_up [--cold]

`--cold` uses a new empty cache, so that the toolchain and all images are built (about 20 minutes). Without it the
figures of the present cache are taken: a new instance, a second run, and a start from nothing running.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
INSTANCE = "bench"
ROWS = {
    "cold": "`make up`, nothing built before",
    "new": "`make up`, toolchain and images in the cache",
    "again": "`make up` again, nothing changed",
    "warm": "`make up` after `make down`, to the first prediction",
}


def timed(*arguments: str, environment: dict[str, str]) -> float:
    """Seconds that `make ARGUMENTS` takes; its output goes to the terminal."""
    began = time.monotonic()
    subprocess.run(["make", *arguments, f"INSTANCE={INSTANCE}"], cwd=ROOT, env=environment, check=True)
    return time.monotonic() - began


def measure(cold: bool) -> dict[str, float]:
    """Seconds per row of `ROWS`."""
    if cold:
        with tempfile.TemporaryDirectory(prefix="mlops-cold-", ignore_cleanup_errors=True) as folder:
            return _measure(os.environ | {"MLOPS_CACHE": folder}, "cold")
    return _measure(dict(os.environ), "new")


def _measure(environment: dict[str, str], first: str) -> dict[str, float]:
    found = {first: timed("up", environment=environment)}
    try:
        found["again"] = timed("up", environment=environment)
        timed("down", environment=environment)
        found["warm"] = timed("up", environment=environment)
    finally:
        timed("down", "FORGET=1", environment=environment)
    return found


def with_figures(readme: str, figures: dict[str, float], day: str) -> str:
    """The README with the rows that were measured; rows that were not keep their figures. Pure."""
    for name, seconds in figures.items():
        row = f"| {ROWS[name]} | {int(seconds) // 60} min {int(seconds) % 60:02d} s | {day} |"
        readme = re.sub(rf"^\| {re.escape(ROWS[name])} \|.*$", row, readme, flags=re.M)
    return readme


def main() -> int:
    """Measures and rewrites the README."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", action="store_true")
    figures = measure(parser.parse_args().cold)
    README.write_text(with_figures(README.read_text(), figures, datetime.datetime.now(datetime.UTC).date().isoformat()))
    for name, seconds in figures.items():
        print(f"{name:<6} {seconds:7.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
