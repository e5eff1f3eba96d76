"""`python library.py FOLDER ROWS`: the library itself, in one process; prints JSON of medians in ms.

`…1` is of one row, `…many` of ROWS; `frame` from records to the frame, `pipeline` from the frame to probabilities,
`predict_proba` and `inplace_predict` from the encoded matrix.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import pandas as pd

from benchmarks.serving_peers.timing import milliseconds


def main(folder: Path, rows: int) -> None:
    pipeline = joblib.load(folder / "model.joblib")
    encoder, classifier = pipeline.steps[0][1], pipeline.steps[1][1]
    booster = classifier.get_booster()
    booster.set_param({"nthread": 1})
    nullable = dict.fromkeys(json.loads((folder / "features.json").read_text())["nullable"], "float64")
    records = json.loads((folder / "records.json").read_text())
    found: dict[str, float] = {}
    for name, part, repetitions in (("one", records[:1], 300), ("many", records[:rows], 30)):
        frame = _frame(part, nullable)
        matrix = encoder.transform(frame).astype("float32")
        calls: dict[str, Callable[[], Any]] = {
            "frame": partial(_frame, part, nullable),
            "pipeline": partial(pipeline.predict_proba, frame),
            "predict_proba": partial(classifier.predict_proba, matrix),
            "inplace_predict": partial(booster.inplace_predict, matrix),
        }
        found |= {f"{call} {name}": milliseconds(done, repetitions) for call, done in calls.items()}
    print(json.dumps(found))


def _frame(records: list[dict[str, Any]], nullable: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame.from_records(records).astype(nullable)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
