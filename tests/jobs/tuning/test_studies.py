from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from jobs.datasets.catalog import ROOT, Catalog
from jobs.datasets.source import DatasetSource
from jobs.tuning.postgres.storage import PostgresStorage
from jobs.tuning.studies import create, read_asked
from tests.jobs.datasets.support import GOOD, OTHER, day, pipeline, take


def test_a_study_goes_on_with_the_snapshot_that_it_was_made_with(
    study_file: Path, storage: PostgresStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ROOT, str(tmp_path / "root"))
    take(Catalog(), tmp_path, GOOD, day(1))
    path = study_file.parent / read_asked(study_file).study.experiment
    data = {"kind": "dataset", "name": "churn"}
    table = pipeline(tmp_path).table.model_dump(mode="json", exclude_none=True)
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "data": data, "table": table}))
    made, new = create(read_asked(study_file), storage)
    take(Catalog(), tmp_path, OTHER, day(2))
    found, again = create(read_asked(study_file), storage)
    assert (new, again) == (True, False)
    pinned = DatasetSource(kind="dataset", name="churn", as_of=day(1), root=str(tmp_path / "root"))
    assert made.asked.experiment.data == found.asked.experiment.data == pinned
