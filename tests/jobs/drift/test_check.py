"""`mlops drift check` on a real registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.training.config import Experiment
from tests.jobs.support import mlops


@pytest.mark.usefixtures("registry")
def test_the_command_reports_on_a_file_against_the_champion(experiment: Experiment, tmp_path: Path) -> None:
    assert not mlops("drift", "check", "--current", "telco", "--json").json["drifted"]
    frame = experiment.data.read()
    frame["tenure"] = frame["tenure"] // 3
    frame.to_csv(tmp_path / "current.csv", index=False)
    frame.to_parquet(tmp_path / "current.parquet", index=False)
    for name in ("current.csv", "current.parquet"):
        said = mlops("drift", "check", "--current", str(tmp_path / name), "--fail", "--json")
        assert said.code == 1
        assert said.json["features"][0]["feature"] == "tenure"


@pytest.mark.usefixtures("registry")
def test_current_data_of_another_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "current.csv").write_text("tenure\nlong\n")
    said = mlops("drift", "check", "--current", str(tmp_path / "current.csv"))
    assert said.code == 1
    assert "column 'contract' is missing" in said.err
