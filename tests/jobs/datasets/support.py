from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from jobs.config import parse
from jobs.datasets.catalog import Catalog
from jobs.datasets.config import Pipeline
from jobs.datasets.parquet import read_frame
from jobs.datasets.pipeline import run_pipeline
from jobs.datasets.snapshot import Written
from jobs.features.encoder import Matrix

CONFIG = """
kind: pipeline
dataset: {dataset}
data: {{kind: file, path: {path}}}
event_time: {event_time}
table:
  label: {{name: churn, positive: "Yes", negative: "No"}}
  columns:
    - {{name: age, kind: numeric, minimum: 0, maximum: 120}}
    - {{name: plan, kind: categorical, categories: [gold, basic]}}
    - {{name: spent, kind: numeric, nullable: true}}
"""
HEADER = "age,plan,spent,churn"
GOOD = f"{HEADER}\n31,basic,1.5,Yes\n42,gold,,No\n"
OTHER = f"{HEADER}\n31,basic,1.5,Yes\n43,gold,,No\n"


def day(number: int) -> datetime:
    """Noon of a day of October 2024, or of the months that follow."""
    return datetime.fromtimestamp(datetime(2024, 10, 1, 12, tzinfo=UTC).timestamp() + 86_400 * (number - 1), UTC)


def pipeline(path: Path, dataset: str = "churn", event_time: str = "null") -> Pipeline:
    text = CONFIG.format(path=path, dataset=dataset, event_time=event_time)
    return parse(Pipeline, text, "test")


def take(
    catalog: Catalog, folder: Path, text: str, time: datetime, dataset: str = "churn", event_time: str = "null"
) -> Written:
    """A snapshot of this CSV at that time."""
    path = folder / "rows.csv"
    path.write_text(text)
    return run_pipeline(pipeline(path, dataset, event_time), catalog, time, print)


def read_matrix(content: bytes) -> tuple[Matrix, list[str]]:
    """The encoded features, and their names."""
    frame = read_frame(content, "features")
    matrix: Matrix = frame.to_numpy()
    assert matrix.dtype == np.float32
    return matrix, frame.columns.tolist()
