from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.config import parse
from jobs.errors import ConfigError
from jobs.tuning.address import hide, studies_url
from jobs.tuning.config import Study
from jobs.tuning.space import candidate_of
from jobs.tuning.studies import read_asked
from tests.jobs.support import ROOT, example

SHIPPED = ROOT / "configs" / "optuna_study.yaml"


def changed(**to: Any) -> str:
    return yaml.safe_dump({**yaml.safe_load(SHIPPED.read_text()), **to})


def xgboost(**parameters: Any) -> list[dict[str, Any]]:
    return [{"kind": "xgboost", "parameters": parameters}]


def test_the_shipped_study_is_valid_and_its_experiment_too() -> None:
    asked = read_asked(SHIPPED)
    assert asked.metric == asked.experiment.select
    assert example("tune validate").code == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sampler": "genius"}, "sampler"),
        ({"trials": 0}, "trials"),
        ({"space": []}, "space"),
        ({"surprise": 1}, "surprise"),
        ({"heartbeat": {"interval": 10, "grace": 15}}, "two intervals"),
        ({"space": xgboost(leaves={"kind": "int", "low": 1, "high": 2})}, "no parameter 'leaves'; it has"),
        ({"space": xgboost(depth={"kind": "int", "low": 2, "high": 99})}, "depth may not be 99"),
        ({"space": xgboost(depth={"kind": "int", "low": 6, "high": 2})}, "low 6 is above high 2"),
        ({"space": xgboost(subsample={"kind": "float", "low": 0, "high": 1, "log": True})}, "above 0 where log"),
        ({"space": xgboost(subsample={"kind": "float", "low": 0.1, "high": 1, "log": True, "step": 0.1})}, "or log"),
        ({"space": xgboost(subsample={"kind": "choice", "values": []})}, "values"),
        ({"space": xgboost(depth={"kind": "choice", "values": [2, "deep"]})}, "depth may not be 'deep'"),
        ({"space": 2 * xgboost(depth={"kind": "int", "low": 2, "high": 4})}, "each kind has one space"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_refused_with_its_rule(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(Study, changed(**change), "study.yaml")
    assert words in str(refused.value)


def test_a_missing_experiment_is_told_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(SHIPPED.read_text())
    with pytest.raises(ConfigError) as refused:
        read_asked(tmp_path / "study.yaml")
    assert str(tmp_path / "churn-experiment.yaml") in str(refused.value)


def test_a_finished_trial_gives_its_candidate_again_with_what_was_fixed() -> None:
    space = read_asked(SHIPPED).study.space
    drawn = {"trees": 50, "depth": 2, "learning_rate": 0.1, "columns_by_tree": 1.0, "min_child_weight": 1.0}
    found = candidate_of({f"xgboost.{name}": value for name, value in drawn.items()}, space)
    expected = {"kind": "xgboost", "name": "xgboost", "subsample": 0.8, **drawn}
    assert {key: value for key, value in found.model_dump().items() if key in expected} == expected


def test_studies_are_where_the_option_the_variable_libpq_or_nothing_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert studies_url() == "sqlite:///studies.db"
    monkeypatch.setenv("PGHOST", "postgres.ml-platform.svc")
    assert studies_url() == "postgresql://optuna@postgres.ml-platform.svc:5432/studies"
    monkeypatch.setenv("MLOPS_STUDIES_URL", "postgresql+psycopg://optuna@db/studies")
    assert studies_url() == "postgresql://optuna@db/studies"
    assert studies_url("sqlite:///mine.db") == "sqlite:///mine.db"


def test_another_kind_of_address_is_refused_without_telling_its_password() -> None:
    with pytest.raises(ConfigError) as refused:
        studies_url("mysql://me:hunter2@db/studies")
    assert "hunter2" not in str(refused.value)
    assert hide("postgresql://me:hunter2@db/studies") == "postgresql://me:…@db/studies"


def test_the_instance_s_studies_are_reached_over_verified_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "instances" / "local"
    folder.mkdir(parents=True)
    url = "postgresql://optuna:secret@10.0.0.2:30432/studies?sslmode=verify-full"
    (folder / "outputs.json").write_text(json.dumps({"trackingUri": "http://10.0.0.2:30500", "studiesUrl": url}))
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path))
    assert studies_url() == f"{url}&sslrootcert={folder}/ca.crt"
    assert "secret" not in hide(studies_url())
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere:5000")
    assert studies_url() == "sqlite:///studies.db"


def test_the_schema_of_a_study_is_printed() -> None:
    assert "space" in example("tune schema").json["properties"]
