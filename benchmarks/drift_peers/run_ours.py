"""This platform's detector."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path


def windows(table: str, places: str, answer: str, level: str) -> None:
    import numpy as np
    import pyarrow.parquet as pq

    from jobs.datasets.schema import Column, Label, Schema
    from jobs.datasets.table import Table
    from jobs.drift.config import DriftConfig
    from jobs.drift.reference import summarise
    from jobs.drift.report import drift_report
    from jobs.drift.window import window_of

    frame = pq.read_table(table).to_pandas()
    kinds = {name: "numeric" if frame[name].dtype.kind == "f" else "categorical" for name in frame.columns}
    schema = Schema.model_validate(
        {"label": Label(name="(label)", positive="1", negative="0"),
         "columns": [Column.model_validate({"name": name, "kind": kind}) for name, kind in kinds.items()]}
    )  # fmt: skip
    whole = Table(schema, {name: frame[name].to_numpy() for name in kinds}, None)
    given = np.load(places)
    config = DriftConfig(alpha=float(level))
    alarms = np.zeros((len(given["current"]), len(kinds)), dtype=bool)
    for place, (before, now) in enumerate(zip(given["reference"], given["current"], strict=True)):
        reference = summarise(whole.take(before))
        report = drift_report(reference, window_of(whole.take(now), reference, len(now)), config)
        found = {one["feature"] for one in report["features"] if one["drifted"]}
        alarms[place] = [name in found for name in kinds]
    np.savez(answer, alarms=alarms, whole=alarms.any(axis=1))


def fit(table: str, reference: str) -> None:
    """The stored reference of a whole file."""
    import pyarrow.parquet as pq

    from jobs.datasets.schema import Column, Label, Schema
    from jobs.datasets.table import Table
    from jobs.drift.reference import reference_of

    frame = pq.read_table(table).to_pandas()
    columns = tuple(
        Column(name=str(name), kind="numeric" if frame[name].dtype.kind == "f" else "categorical") for name in frame
    )
    schema = Schema(label=Label(name="(label)", positive="1", negative="0"), columns=columns)
    known = reference_of(Table(schema, {one.name: frame[one.name].to_numpy() for one in columns}, None))
    Path(reference).write_text(json.dumps(known))


def big(reference: str, current: str) -> None:
    from jobs.datasets.schema import Column, Label, Schema
    from jobs.drift.config import DriftConfig
    from jobs.drift.numbers import Numbers
    from jobs.drift.reference import Reference
    from jobs.drift.report import drift_report
    from jobs.drift.stream import stream

    known = Reference.from_json(json.loads(Path(reference).read_text()))
    columns = tuple(
        Column(name=name, kind="numeric" if isinstance(one, Numbers) else "categorical", nullable=True)
        for name, one in known.features.items()
    )
    schema = Schema(label=Label(name=known.label, positive="1", negative="0"), columns=columns)
    config = DriftConfig()
    report = drift_report(known, stream(current, schema, known, config.scored_rows, config.seed), config)
    print(len(json.dumps(report)), report["verdict"])


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    tasks: dict[str, Callable[..., None]] = {"windows": windows, "big": big, "fit": fit}
    tasks[what](*given)
    # The kernel's own figure for a child counts its parent's memory too.
    print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
