"""`mlops models optimize`."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.commands.model_options import DEFAULT, Name, open_registry
from jobs.commands.output import Json, show, table


def optimize(
    name: Name = DEFAULT,
    which: Annotated[str, typer.Argument(help="Number, or @alias.")] = "@champion",
    data: Annotated[str, typer.Option(help="Where the version's data is now, if it moved.")] = "",
    as_json: Json = False,
) -> None:
    """Register a smaller model that predicts the same on every row of the version's data; exit 1 if there is none.

    Example: mlops models optimize churn-classifier @champion
    """
    from jobs.datasets.source import source_of
    from jobs.registry.optimization import optimize as make

    registry = open_registry()
    made = make(registry, registry.find(name, which), source_of(data) if data else None)
    if as_json:
        show({"model": name, **made.as_dict()})
        return
    rows: list[list[object]] = [
        ["bytes of model.onnx", made.before.bytes, made.after.bytes],
        ["load, ms", f"{made.before.load_s * 1e3:.2f}", f"{made.after.load_s * 1e3:.2f}"],
        ["one row, µs", f"{made.before.row_s * 1e6:.1f}", f"{made.after.row_s * 1e6:.1f}"],
        ["1,000 rows, ms", f"{made.before.batch_s * 1e3:.2f}", f"{made.after.batch_s * 1e3:.2f}"],
    ]
    table(["", "before", "after"], rows)
    said = "is the optimized one" if made.made else "was made of it before"
    print(
        f"{name} version {made.version} {said}: at most {made.difference:.1e} apart on {made.rows} rows, no other label"
    )
