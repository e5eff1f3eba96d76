"""`mlops drift` on a real registry, with reports and baselines in a folder or a real store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jobs.retraining.place import PLACE
from jobs.training.config import Experiment
from tests.jobs.support import ROOT, example, mlops

pytestmark = pytest.mark.usefixtures("registry")


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the bucket."""
    monkeypatch.setenv("MLOPS_FEATURES_BUCKET", str(tmp_path / "features"))
    monkeypatch.setenv(PLACE, str(tmp_path / "retraining"))
    (tmp_path / "features" / "current").mkdir(parents=True)
    return tmp_path / "features"


def shifted(experiment: Experiment) -> pd.DataFrame:
    frame = experiment.data.read()
    return frame.assign(tenure=frame["tenure"] // 3)


def requests(features: Path) -> list[Path]:
    return sorted((features.parent / "retraining").rglob("*.json"))


def test_csv_and_parquet_of_the_same_rows_give_the_same_report(
    experiment: Experiment, features: Path, tmp_path: Path
) -> None:
    frame = shifted(experiment)
    frame.to_csv(tmp_path / "current.csv", index=False)
    frame.to_parquet(tmp_path / "current.parquet", index=False, row_group_size=1000)
    reports = []
    for name in ("current.csv", "current.parquet"):
        said = mlops("drift", "check", "--current", str(tmp_path / name), "--fail", "--json")
        assert said.code == 1, said.err
        assert said.json["features"][0]["feature"] == "tenure"
        reports.append({**said.json, "time": "", "current": ""})
    assert reports[0] == reports[1]
    assert requests(features) == []


def test_a_check_keeps_its_report_and_asks_for_one_retraining(experiment: Experiment, features: Path) -> None:
    assert mlops("drift", "check", "--json").json == {
        "drifted": None, "reason": f"no current data in {features}/current/: nothing to compare"
    }  # fmt: skip
    shifted(experiment).to_parquet(features / "current" / "today.parquet", index=False)
    first, second = (mlops("drift", "check", "--json").json for _ in range(2))
    assert first["verdict"] == second["verdict"] == "drift"
    assert first["report"] != second["report"]
    assert first["request"] == second["request"]
    assert len(requests(features)) == 1
    assert json.loads(Path(first["report"]).read_text())["current"] == str(features / "current" / "today.parquet")
    assert mlops("drift", "show", "--json").json["report"] == second["report"]
    assert mlops("drift", "show", first["report"], "--json").json["report"] == first["report"]


def test_still_data_asks_for_nothing(experiment: Experiment, features: Path) -> None:
    experiment.data.read().to_parquet(features / "current" / "today.parquet", index=False)
    said = mlops("drift", "check", "--fail", "--json")
    assert (said.code, said.json["verdict"], said.json["request"]) == (0, "stable", None), said.err
    assert {part: said.json[part]["drifted"] for part in ("prediction", "label", "performance")} == {
        "prediction": False, "label": False, "performance": False
    }  # fmt: skip


def test_a_model_that_is_wrong_about_the_actuals_is_told(experiment: Experiment, features: Path) -> None:
    frame = experiment.data.read()
    turned = frame["churn"].map({"Yes": "No", "No": "Yes"})
    frame.assign(churn=turned.where(frame.index % 3 == 0, frame["churn"])).to_parquet(
        features / "current" / "today.parquet", index=False
    )
    said = mlops("drift", "check", "--json").json
    assert (said["verdict"], said["moved"], said["prediction"]["drifted"]) == ("drift", 0, False)
    assert {test["test"]: test["drifted"] for test in said["performance"]["tests"]} == {"roc_auc": True, "brier": True}
    assert said["performance"]["current"]["roc_auc"] < said["performance"]["reference"]["roc_auc"] - 0.1


def test_actuals_that_are_not_known_yet_are_left_out(experiment: Experiment, features: Path) -> None:
    frame = experiment.data.read()
    known = frame.index % 2 == 0
    frame.assign(churn=frame["churn"].where(known)).to_parquet(features / "current" / "today.parquet", index=False)
    assert mlops("drift", "check", "--json").json["performance"]["current"]["rows"] == int(known.sum())
    frame.drop(columns="churn").to_parquet(features / "current" / "today.parquet", index=False)
    assert "performance" not in mlops("drift", "check", "--json").json


def test_a_baseline_is_for_its_version_until_it_is_reset(experiment: Experiment, features: Path) -> None:
    place = features / "current" / "today.parquet"
    shifted(experiment).to_parquet(place, index=False)
    refused = mlops("drift", "baseline")
    assert refused.code == 1
    assert "tenure" in refused.err
    assert "--accept REASON" in refused.err
    assert not (features / "baselines").exists()
    taken = mlops("drift", "baseline", "--accept", "tenure is in quarters now", "--json").json
    assert (taken["version"], taken["rows"], taken["reason"]) == ("1", 7043, "tenure is in quarters now")
    after = mlops("drift", "check", "--json").json
    assert (after["verdict"], after["baseline"]) == ("stable", taken["baseline"])
    assert mlops("drift", "check", "--trained", "--json").json["verdict"] == "drift"
    assert mlops("drift", "baseline", "--reset", "a mistake").code == 0
    again = mlops("drift", "check", "--json").json
    assert (again["verdict"], again["baseline"]) == ("drift", "bundle")


def test_rows_that_decide_nothing_are_no_baseline(experiment: Experiment, features: Path) -> None:
    experiment.data.read().head(100).to_parquet(features / "current" / "today.parquet", index=False)
    refused = mlops("drift", "baseline")
    assert refused.code == 1
    assert "100 rows are too few" in refused.err
    assert not (features / "baselines").exists()


def test_the_examples_of_the_help_run(features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert example("drift check").code == 0
    assert example("drift baseline").code == 0
    assert mlops("drift", "show").err.startswith("error: there is no drift report")
    report = mlops("drift", "check", "--current", "telco", "--json").json
    (features / "drift").mkdir()
    (features / "drift" / "2026-11-21T00-00-00Z.json").write_text(json.dumps(report))
    assert "tenure" in example("drift show").out
    assert example("drift features").out.startswith("tenure (numeric): stable\nstatistic")
    assert example("drift report").code == 0
    page = (tmp_path / "drift.html").read_text()
    assert "Verdict: stable" in page
    assert "http" not in page


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["features", "shoes"], 2, "the report has no such feature"),
        (["show", "2026-01-01T00-00-00Z"], 1, "cannot be read"),
        (["show", "none.json"], 1, "the report cannot be read"),
        (["check", "--current", "none.parquet"], 1, "the file cannot be read"),
        (["check", "--current", "telco", "--threshold", "0.9"], 2, "--threshold"),
        (["check", "--current", "telco", "--model", "unknown"], 1, "the registry does not know this"),
        (["check", "--current", "telco", "--label", "tenure"], 2, "the label is a feature of the model"),
        (["check", "--current", "telco", "--label", "rownames"], 1, "has values that are no labels"),
        (["baseline", "--reset", "why", "--accept", "why"], 2, "a baseline is reset or taken from data"),
    ],
)
def test_what_is_asked_wrongly_is_refused(features: Path, arguments: list[str], code: int, words: str) -> None:
    (features / "drift").mkdir()
    (features / "drift" / "2026-11-21T00-00-00Z.json").write_text('{"features": []}')
    said = mlops("drift", *arguments)
    assert (said.code, words in said.err) == (code, True), said.err


@pytest.mark.usefixtures("features")
def test_the_config_decides_and_must_be_of_the_model(tmp_path: Path) -> None:
    shipped = ROOT / "configs" / "monitoring_config.yaml"
    assert mlops("drift", "check", "--current", "telco", "--config", str(shipped), "--json").json["alpha"] == 0.01
    config = tmp_path / "monitoring.yaml"
    config.write_text("{kind: monitoring, model: churn-classifier, drift: {features: {shoes: {ignore: true}}}}")
    said = mlops("drift", "check", "--current", "telco", "--config", str(config))
    assert said.code == 2
    assert "rules for unknown features" in said.err
    config.write_text("{kind: monitoring, model: other}")
    assert (
        "the config is of another model" in mlops("drift", "check", "--config", str(config), "--current", "telco").err
    )


def test_current_data_of_another_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "current.csv").write_text("tenure\nlong\n")
    said = mlops("drift", "check", "--current", str(tmp_path / "current.csv"))
    assert said.code == 1
    assert "column 'contract' is missing" in said.err


@pytest.mark.usefixtures("store")
def test_reports_and_data_are_in_the_store(experiment: Experiment, tmp_path: Path) -> None:
    import jobs.store

    shifted(experiment).to_parquet(tmp_path / "today.parquet", index=False)
    jobs.store.write_object("s3://features/current/today.parquet", (tmp_path / "today.parquet").read_bytes())
    said: dict[str, Any] = mlops("drift", "check", "--json").json
    assert said["current"] == "s3://features/current/today.parquet"
    assert said["report"].startswith("s3://features/drift/")
    assert said["request"].startswith("s3://features/retraining/requests/")
    assert mlops("drift", "show", "--json").json["time"] == said["time"]
    gone = mlops("drift", "check", "--current", "s3://features/current/none.parquet")
    assert (gone.code, "the object does not exist" in gone.err) == (1, True)
