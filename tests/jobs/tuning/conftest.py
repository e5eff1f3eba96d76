from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from jobs.tuning.postgres.storage import PostgresStorage
from jobs.tuning.studies import Asked, read_asked
from tests.support import postgres as postgresql

EMPTY = """DO $$ BEGIN
 IF to_regclass('studies') IS NOT NULL THEN TRUNCATE studies RESTART IDENTITY CASCADE; END IF;
END $$"""


@pytest.fixture(scope="session")
def studies_server(postgres_programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgresql.Server]:
    with postgresql.server(postgres_programs, tmp_path_factory.mktemp("studies") / "postgres") as server:
        yield server


@pytest.fixture
def studies(studies_server: postgresql.Server) -> postgresql.Server:
    """A PostgreSQL without studies."""
    studies_server.ask(EMPTY)
    return studies_server


@pytest.fixture
def url(studies: postgresql.Server) -> str:
    return f"postgresql://postgres@127.0.0.1:{studies.port}/postgres"


@pytest.fixture
def storage(url: str) -> Iterator[PostgresStorage]:
    opened = PostgresStorage(url)
    yield opened
    opened.close()


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    """A study of 4 quick trials on 120 rows, with its experiment beside it."""
    generator = np.random.default_rng(1)
    size, calls = generator.normal(size=(2, 120)).round(3)
    bought = np.where(size + generator.normal(size=120) > 0, "yes", "no")
    rows = [f"{a},{b},{c}" for a, b, c in zip(size, calls, bought, strict=True)]
    (tmp_path / "rows.csv").write_text("\n".join(["size,calls,bought", *rows]) + "\n")
    experiment = {
        "kind": "experiment", "experiment": "small", "seed": 1, "costs": {"false_positive": 1, "false_negative": 2},
        "data": {"kind": "file", "path": str(tmp_path / "rows.csv")}, "select": "roc_auc",
        "table": {
            "label": {"name": "bought", "positive": "yes", "negative": "no"},
            "columns": [{"name": "size", "kind": "numeric"}, {"name": "calls", "kind": "numeric"}],
        },
        "candidates": [{"kind": "logistic_regression", "name": "plain"}],
    }  # fmt: skip
    study = {
        "kind": "study", "study": "small", "experiment": "experiment.yaml", "seed": 3, "folds": 2, "trials": 4,
        "timeout": 60, "sampler": "random", "pruner": "none", "heartbeat": {"interval": 1, "grace": 2},
        "space": [
            {
                "kind": "logistic_regression",
                "fixed": {"max_iterations": 500},
                "parameters": {"c": {"kind": "float", "low": 0.01, "high": 10.0, "log": True}},
            }
        ],
    }  # fmt: skip
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(experiment))
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    return tmp_path / "study.yaml"


@pytest.fixture
def asked(study_file: Path) -> Asked:
    return read_asked(study_file)
