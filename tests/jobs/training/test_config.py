from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from jobs.config import parse
from jobs.errors import ConfigError
from jobs.kinds import KINDS
from jobs.training.config import Experiment
from tests.jobs.support import CONFIG, example, mlops

SHIPPED = yaml.safe_load(CONFIG.read_text())


def changed(**parts: object) -> str:
    return yaml.safe_dump({**SHIPPED, **parts})


def test_the_example_of_validate_names_the_candidates() -> None:
    said = example("train validate")
    assert said.code == 0
    assert "logistic-regression, xgboost" in said.out


@pytest.mark.parametrize("path", sorted(CONFIG.parent.glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_config_is_valid(path: Path) -> None:
    said = mlops("train", "validate", str(path), "--json")
    assert (said.code, said.err) == (0, "")
    assert said.json["kind"] in KINDS


@pytest.mark.parametrize("text", ["kind: forest", "a: 1", "kind: [experiment]", "- 1", ""])
def test_a_config_of_no_known_kind_is_refused_with_the_kinds_there_are(text: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(text)
    said = mlops("train", "validate", str(tmp_path / "c.yaml"))
    assert said.code == 2
    assert "allowed: kind: experiment, monitoring, pipeline, rollout, study" in said.err


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"sed": 1}, "sed: Extra inputs are not permitted"),
        ({"seed": -1}, "seed: Input should be greater than or equal to 0 (given -1)"),
        ({"split": {"valid": 0.7}}, "split.valid"),
        ({"costs": {"false_positive": 0, "false_negative": 1}}, "costs.false_positive"),
        ({"candidates": []}, "candidates"),
        ({"candidates": [{"kind": "forest", "name": "f"}]}, "'logistic_regression', 'xgboost'"),
        ({"candidates": [{"kind": "xgboost", "name": "x", "trees": "many"}]}, "(given 'many')"),
        ({"candidates": [{"kind": "xgboost", "name": "x"}, {"kind": "xgboost", "name": "x"}]}, "given twice: ['x']"),
        ({"data": {"kind": "web"}}, "'telco', 'file'"),
        ({"select": "auc"}, "'roc_auc'"),
        ({"cross_validation": {"folds": 1}}, "cross_validation.folds: Input should be greater than or equal to 2"),
        ({"calibration": "platt"}, "'none', 'sigmoid' or 'isotonic' (given 'platt')"),
        ({"table": {**SHIPPED["table"], "columns": [{"name": "a", "kind": "date"}]}}, "'numeric' or 'categorical'"),
    ],
)
def test_a_wrong_key_is_refused_with_key_value_and_rule(parts: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(Experiment, changed(**parts), "config.yaml")
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["", "- 1", "a: [", "5"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(Experiment, text, "config.yaml")


def test_a_config_that_does_not_exist_exits_2_and_says_so() -> None:
    said = mlops("train", "validate", "absent.yaml")
    assert said.code == 2
    assert "absent.yaml" in said.err


def test_a_wrong_config_exits_2_before_anything_is_reached() -> None:
    said = mlops("train", "run", __file__, "--json")
    assert said.code == 2
    assert said.json["kind"] == "ConfigError"


def test_the_schema_tells_every_key_of_the_shipped_config_and_its_rule() -> None:
    schema = example("train schema").json
    assert SHIPPED.keys() <= schema["properties"].keys()
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["XGBoost"]["properties"]["depth"]["maximum"] == 16
    assert CONFIG.read_text().splitlines()[0].endswith("`mlops train schema`.")
