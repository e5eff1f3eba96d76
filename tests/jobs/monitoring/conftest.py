from __future__ import annotations

from pathlib import Path

import pytest

from jobs.bundle.scorer import Scorer
from jobs.datasets.shelf import Shelf, shelf_of
from jobs.datasets.table import Table
from tests.jobs.monitoring.traffic import Traffic


@pytest.fixture
def traffic(tmp_path: Path, scorer: Scorer, telco: Table) -> Traffic:
    return Traffic(shelf_of(str(tmp_path / "logs")), scorer, telco)


@pytest.fixture
def predictions(tmp_path: Path) -> Shelf:
    return shelf_of(str(tmp_path / "predictions"))
