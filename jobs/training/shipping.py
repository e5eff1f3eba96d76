"""What travels with a bundle into MLflow so that plain `mlflow.pyfunc.load_model` needs nothing of ours installed."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import jobs
from jobs.datasets.table import Table

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

ROOT = Path(jobs.__file__).parent
# Pure modules only: numpy is all they import, and ONNX Runtime for large forests.
MODULES = (
    "__init__.py", "errors.py",
    "bundle/__init__.py", "bundle/calculation.py", "bundle/digest.py", "bundle/forest.py", "bundle/graph.py",
    "bundle/leaf_masks.py", "bundle/manifest.py", "bundle/many_rows.py", "bundle/prediction.py", "bundle/row_scorer.py",
    "bundle/scorer.py", "bundle/wire.py",
    "features/__init__.py", "features/encoder.py", "features/row.py", "features/spec.py",
)  # fmt: skip
REQUIREMENTS = ("mlflow", "numpy", "onnxruntime", "pandas")


def stage_code(folder: Path) -> Path:
    """Copies the pure modules as package `jobs` → its path, for `code_paths`."""
    for name in MODULES:
        target = folder / "jobs" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    return folder / "jobs"


def requirements() -> list[str]:
    """Pinned to what was used here."""
    return [f"{name}=={version(name)}" for name in REQUIREMENTS]


def signature(table: Table) -> ModelSignature:
    """Whole-number columns as long, because MLflow refuses an int64 column where a double is declared."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, TensorSpec
    from mlflow.types import Schema as MlflowSchema

    whole = table.whole_numbers()
    inputs: list[ColSpec | TensorSpec] = [
        ColSpec(
            DataType.string
            if column.kind == "categorical"
            else DataType.long
            if column.name in whole
            else DataType.double,
            column.name,
        )
        for column in table.schema.columns
    ]
    outputs: list[ColSpec | TensorSpec] = [ColSpec(DataType.double, "probability"), ColSpec(DataType.string, "label")]
    return ModelSignature(MlflowSchema(inputs), MlflowSchema(outputs))
