"""Drift detection on the real table beside Evidently and Frouros; writes its tables into docs/drift.md.

    python -m benchmarks.drift [--repetitions 8] [--quiet 300] [--more 2000] [--rows 1000000] [--folder FOLDER]
                               [--only detection|cost]

Each detector runs in a process of its own; the peers in environments made from requirements/PEER.txt. About 30 minutes,
of which `--only cost` takes 5.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.drift_windows import ROWS, SIZES, Windows, draw
from benchmarks.environments import SCRATCH, environment
from benchmarks.tables import markdown, with_tables
from jobs.config import load
from jobs.datasets.parquet import table_bytes
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.training.config import Experiment

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "drift.md"
PEERS = ("evidently", "frouros")
LEVEL = 0.01
# At which the detectors' own rules for whole windows are shown.
RULE_SIZE = 0.5
SEED = 20261121


@dataclass(frozen=True)
class Spent:
    """CPU seconds (user and system) and the largest memory in MB of a process."""

    cpu: float
    memory: float


def run(name: str, *arguments: str) -> Spent:
    """One script of `drift_peers` in its environment."""
    script = ROOT / "benchmarks" / "drift_peers" / f"run_{name}.py"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # Compiled once for all: else a first run would time Python's compiler.
    environment |= {"PYTHONPYCACHEPREFIX": str(SCRATCH / "bytecode"), "OMP_NUM_THREADS": "1"}
    if name == "ours":
        environment["PYTHONPATH"] = str(ROOT)
    command = [str(_python(name)), str(script), *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
    if status:
        raise SystemExit(f"{script.name} {arguments[0]} ended with {status}")
    return Spent(used.ru_utime + used.ru_stime, int(said.split()[-1]) / 1024)


def detection(table: Table, quiet: int, repetitions: int, folder: Path) -> dict[str, list[str]]:
    """A row for each detector: false alarms in quiet windows, then detection of the planted feature by size."""
    file, places = folder / "table.parquet", folder / "windows.npz"
    file.write_bytes(table_bytes(Table(table.schema, table.columns, None)))
    windows = draw(table, quiet, repetitions, SEED)
    windows.save(str(places))
    rows: dict[str, list[str]] = {}
    for name in ("ours", *PEERS):
        answer = folder / f"{name}.npz"
        if not answer.exists():
            spent = run(name, "windows", str(file), str(places), str(answer), str(LEVEL))
            print(f"{name}: {len(windows.size)} windows in {spent.cpu:.0f} s CPU", flush=True)
        said = np.load(answer)
        rows[name] = summary(windows, said["alarms"], said["whole"])
    return rows


def summary(windows: Windows, alarms: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_]) -> list[str]:
    """Share of quiet windows with an alarm in any feature and by the detector's own rule; then found by size. Pure."""
    quiet = windows.feature < 0
    cells = [_share(alarms[quiet].any(axis=1)), _share(whole[quiet])]
    planted = np.arange(len(quiet)), np.maximum(windows.feature, 0)
    by_rule = _share(whole[~quiet & (windows.size == RULE_SIZE)])
    return [*cells, by_rule, *(_share(alarms[planted][~quiet & (windows.size == size)]) for size in SIZES)]


def alone(table: Table, windows: int, folder: Path) -> str:
    """What our detector says of many more windows: the peers would take hours."""
    places, answer = folder / "more.npz", folder / "more-answer.npz"
    drawn = draw(table, windows, max(windows // 40, 1), SEED + 1, (RULE_SIZE,))
    drawn.save(str(places))
    quiet = drawn.feature < 0
    said = []
    for level in (LEVEL, 0.05):
        run("ours", "windows", str(folder / "table.parquet"), str(places), str(answer), str(level))
        alarms = np.load(answer)["alarms"]
        found = alarms[np.arange(len(quiet)), np.maximum(drawn.feature, 0)][~quiet]
        said.append(
            f"at level {level:.0%}: false alarms in {_share(alarms[quiet].any(axis=1))} of {windows:,} windows without "
            f"shift, {RULE_SIZE} sd found in {_share(found)} of {len(found):,}"
        )
    return f"Ours in further windows, {'; '.join(said)}.\n"


def cost(table: Table, rows: int, folder: Path) -> dict[str, dict[str, Spent]]:
    """By data and detector, what one check of `rows` rows in 20 columns costs, reading and imports included."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    random = np.random.default_rng(SEED)
    found: dict[str, dict[str, Spent]] = {}
    for data in ("Telco, drawn with repetition", "20 normal columns"):
        paths = {part: str(folder / f"{part}.parquet") for part in ("reference", "current")}
        for path in paths.values():
            if data.startswith("Telco"):
                drawn = table.take(random.integers(0, table.rows, rows).astype(np.intp))
                Path(path).write_bytes(table_bytes(drawn))
            else:
                pq.write_table(pa.table({f"x{i}": random.standard_normal(rows) for i in range(20)}), path)
        known = str(folder / "reference.json")
        found[data] = {"ours, the reference (once)": run("ours", "fit", paths["reference"], known)}
        run("ours", "big", known, paths["current"])
        found[data]["ours"] = run("ours", "big", known, paths["current"])
        for peer in PEERS:
            found[data][peer] = run(peer, "big", paths["reference"], paths["current"])
        for name, spent in found[data].items():
            print(f"{data}: {name}: {spent.cpu:.2f} s CPU, {spent.memory:.0f} MB", flush=True)
    return found


def detection_table(found: dict[str, list[str]], more: str, quiet: int, windows: int) -> str:
    """`more`: a sentence on further windows; `windows`: for each size."""
    about = f"{_measured()}: {quiet} windows without shift, {windows} for each size, {ROWS:,} rows each; level {LEVEL}."
    found_by_rule, sizes = f"{RULE_SIZE} sd found, its rule", [f"{size} sd found" for size in SIZES]
    header = ["detector", "false alarms, any feature", "false alarms, its rule", found_by_rule, *sizes]
    return f"{about}\n\n{markdown(header, [[name, *cells] for name, cells in found.items()])}\n{more.strip()}\n"


def cost_table(spent: dict[str, dict[str, Spent]], rows: int) -> str:
    """CPU of each beside Evidently's."""
    lines = [
        [data, name, f"{one.cpu:.2f}", f"1/{by['evidently'].cpu / one.cpu:.0f}", f"{one.memory:.0f}"]
        for data, by in spent.items()
        for name, one in by.items()
    ]
    header = ["data", "detector", "CPU s", "of Evidently's", "memory MB"]
    return f"{_measured()}: {rows:,} rows, one process each, imports and reading included.\n\n{markdown(header, lines)}"


def main() -> int:
    """Measures and rewrites the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=8, help="windows for each feature and size")
    parser.add_argument("--quiet", type=int, default=300, help="windows without shift")
    parser.add_argument("--more", type=int, default=2_000, help="further windows without shift for our detector alone")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep answers here; those of an earlier run are used")
    parser.add_argument("--only", choices=("detection", "cost"), help="one table; default: both")
    given = parser.parse_args()
    experiment = load(Experiment, ROOT / "configs" / "churn-experiment.yaml")
    table = validate(experiment.data.read(), experiment.table, "telco")
    windows = given.repetitions * len(table.schema.columns)
    for peer in PEERS:
        environment(peer)
    with tempfile.TemporaryDirectory(prefix="mlops-drift-benchmark-") as name:
        folder = given.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        tables: dict[str, str] = {}
        if given.only != "cost":
            found = detection(table, given.quiet, given.repetitions, folder)
            tables["detection"] = detection_table(found, alone(table, given.more, folder), given.quiet, windows)
        if given.only != "detection":
            tables["cost"] = cost_table(cost(table, given.rows, Path(name)), given.rows)
    DOCS.write_text(with_tables(DOCS.read_text(), tables))
    print("\n".join(tables.values()))
    return 0


def _python(name: str) -> Path:
    return Path(sys.executable) if name == "ours" else environment(name)


def _measured() -> str:
    return f"Measured {datetime.datetime.now(datetime.UTC).date().isoformat()}"


def _share(flags: Any) -> str:
    return f"{np.mean(flags):.1%}"


if __name__ == "__main__":
    sys.exit(main())
