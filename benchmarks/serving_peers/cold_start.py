"""`python cold_start.py PRODUCT FOLDER RECORD`: import, load, first prediction; prints it and the time it was there.

For a product: its package, and the model in the form that the product loads.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def ours(folder: Path, record: Record) -> float:
    from jobs.bundle.scorer import load_scorer

    return float(load_scorer(folder).predict_records([record])[0].probability)


def mlflow(folder: Path, record: Record) -> float:
    import mlflow.pyfunc
    import pandas as pd

    return float(mlflow.pyfunc.load_model(str(folder / "mlflow")).predict(pd.DataFrame([record]))[0, 1])


def mlserver(folder: Path, record: Record) -> float:
    import mlserver_sklearn  # type: ignore[import-not-found]  # noqa: F401

    return _pipeline(folder, record)


def bentoml(folder: Path, record: Record) -> float:
    import bentoml  # type: ignore[import-not-found]  # noqa: F401

    return _pipeline(folder, record)


def litserve(folder: Path, record: Record) -> float:
    import litserve  # type: ignore[import-not-found]  # noqa: F401

    return _pipeline(folder, record)


def _pipeline(folder: Path, record: Record) -> float:
    from benchmarks.serving_peers import scoring

    return scoring.load(str(folder), "pipeline")([record])[0]


PRODUCTS: dict[str, Callable[[Path, Record], float]] = {
    "ours": ours, "mlflow models serve": mlflow, "MLServer": mlserver, "BentoML": bentoml, "LitServe": litserve,
}  # fmt: skip

if __name__ == "__main__":
    _, product, folder, file = sys.argv
    print(PRODUCTS[product](Path(folder), json.loads(Path(file).read_text())), time.monotonic())
