"""A small model of Telco customers, whose dataset the tests append to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jobs.config import parse
from jobs.datasets.catalog import Catalog
from jobs.datasets.config import Pipeline
from jobs.datasets.pipeline import run_pipeline
from jobs.datasets.source import TelcoSource

MODEL = "retrained"
TABLE = """
table:
  label: {name: churn, positive: "Yes", negative: "No"}
  columns:
    - {name: tenure, kind: numeric}
    - {name: monthly_charges, kind: numeric}
    - {name: contract, kind: categorical}
    - {name: internet_service, kind: categorical}
"""
PIPELINE = "kind: pipeline\ndataset: customers\ndata: {kind: file, path: PATH}\n" + TABLE
EXPERIMENT = """
kind: experiment
experiment: retrained
seed: 7
data: {{kind: dataset, name: customers, root: {root}}}
costs: {{false_positive: 1, false_negative: 5}}
select: roc_auc
candidates:
  - {{kind: logistic_regression, name: logistic}}
"""
ROWS = 1500
# Snapshots are of the past, one for each day from then on.
FIRST = datetime.now(UTC).replace(microsecond=0) - timedelta(days=40)


@cache
def customers() -> Any:
    """The real table, as read."""
    return TelcoSource(kind="telco").read()


def rows(start: int, *, turned: bool = False) -> Any:
    """1,500 customers from `start` on; `turned`: newcomers stay and the old ones leave."""
    frame = customers().iloc[start : start + ROWS].copy()
    if turned:
        frame["churn"] = frame["churn"].map({"Yes": "No", "No": "Yes"})
        frame["tenure"] = frame["tenure"] // 3
    return frame


@dataclass(frozen=True)
class Customers:
    """The dataset `customers` in a folder of the test."""

    folder: Path

    @property
    def root(self) -> str:
        return str(self.folder / "datasets")

    def append(self, start: int, *, turned: bool = False, without: str | None = None) -> str:
        """1,500 customers from `start` on as the snapshot of the next day → its digest."""
        frame = rows(start, turned=turned)
        path = self.folder / "rows.csv"
        text = PIPELINE.replace("PATH", str(path))
        if without:
            frame = frame.drop(columns=without)
            text = "\n".join(line for line in text.splitlines() if f"name: {without}," not in line)
        frame.to_csv(path, index=False)
        catalog = Catalog(self.root)
        time = FIRST + timedelta(days=len(catalog.snapshots("customers")))
        written = run_pipeline(parse(Pipeline, text, "test"), catalog, time, print)
        return written.manifest.table_sha256

    def experiment(self) -> Path:
        path = self.folder / "experiment.yaml"
        path.write_text(EXPERIMENT.format(root=self.root) + TABLE)
        return path
