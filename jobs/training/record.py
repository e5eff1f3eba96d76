"""Records an experiment in MLflow: one parent run, one child run and one model for each candidate."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.bundle.digest import BUNDLE_TAG
from jobs.datasets.table import Table
from jobs.training.config import CandidateConfig, Experiment
from jobs.training.experiment import OutOfFold, Say, Trained, best, train
from jobs.training.report import report
from jobs.training.runs import close_left_behind, experiment_id_of, job_tags, log, open_run, tags_of
from jobs.training.shipping import ROOT, requirements, signature, stage_code

MODEL_NAME = "model"
ROLE = "mlops.role"
DATA_TAG = "mlops.data_sha256"
# On the parent and on candidates: where the rows came from, as JSON.
SOURCE_TAG = "mlops.data_source"
# On the parent: the candidate that the config's `select` chose.
BEST_TAG = "mlops.best_run"


@dataclass(frozen=True)
class Recorded:
    """A finished experiment; `runs` are the candidates' run ids by name."""

    experiment_id: str
    run_id: str
    runs: dict[str, str]
    results: list[Trained]
    best: Trained

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "experimentId": self.experiment_id,
            "runId": self.run_id,
            "best": self.best.candidate.name,
            "candidates": [
                {
                    "name": result.candidate.name,
                    "runId": self.runs[result.candidate.name],
                    "bundleSha256": result.digest,
                    "threshold": result.threshold,
                    "metrics": result.metrics,
                }
                for result in self.results
            ],
        }


def run_experiment(
    experiment: Experiment,
    config_text: str,
    table: Table,
    say: Say,
    out_of_fold: Mapping[str, OutOfFold] | None = None,
) -> Recorded:
    """Trains and records; a failure leaves the runs marked FAILED and is raised. `out_of_fold` as in `train`."""
    import mlflow
    from mlflow import MlflowClient

    client = MlflowClient()
    experiment_id = experiment_id_of(client, experiment.experiment)
    data_sha256 = table.digest()
    tags = {DATA_TAG: data_sha256, SOURCE_TAG: experiment.data.model_dump_json()}
    close_left_behind(client, experiment_id)
    with (
        tempfile.TemporaryDirectory(prefix="mlops-train-") as folder,
        open_run(client, experiment_id, "experiment", tags=job_tags()) as run_id,
    ):
        log(client, run_id, {"seed": experiment.seed, "rows": table.rows}, {}, {**tags, ROLE: "experiment"})
        client.log_text(run_id, config_text, "config.yaml")
        say(f"experiment {experiment.experiment}: run {run_id}, data {data_sha256[:12]}, {table.rows} rows")
        results = train(experiment, table, Path(folder) / "bundles", say, out_of_fold)
        code = stage_code(Path(folder) / "code")
        runs: dict[str, str] = {}
        for result in results:
            with open_run(client, experiment_id, result.candidate.name, parent=run_id, tags=job_tags()) as child:
                runs[result.candidate.name] = child
                log(client, child, _params(experiment, result.candidate, result), result.metrics, {
                    **tags, ROLE: "candidate", BUNDLE_TAG: result.digest, "mlops.estimator": result.candidate.kind,
                    **_libraries(result),
                })  # fmt: skip
                with mlflow.start_run(run_id=child, log_system_metrics=False):
                    _log_model(result, table, code)
                _log_report(client, child, experiment, table, result, Path(folder) / "report" / result.candidate.name)
            say(f"{result.candidate.name}: recorded as run {child}")
        chosen = best(experiment, results)
        client.log_batch(run_id, tags=tags_of({BEST_TAG: runs[chosen.candidate.name]}))
    return Recorded(experiment_id, run_id, runs, results, chosen)


def _log_model(result: Trained, table: Table, code: Path) -> None:
    import mlflow
    import pandas as pd

    whole = table.whole_numbers()
    example = pd.DataFrame(table.records(range(min(3, table.rows))))
    for name in table.schema.names("numeric"):
        example[name] = example[name].astype("int64" if name in whole else "float64")
    mlflow.pyfunc.log_model(
        name=MODEL_NAME,
        python_model=str(ROOT / "bundle" / "pyfunc.py"),
        artifacts={"bundle": str(result.folder)},
        code_paths=[str(code)],
        signature=signature(table),
        input_example=example,
        pip_requirements=requirements(),
        metadata={BUNDLE_TAG: result.digest},
    )


def _log_report(client: Any, run_id: str, experiment: Experiment, table: Table, result: Trained, folder: Path) -> None:
    for name, content in report(experiment, table, result):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    client.log_artifacts(run_id, str(folder))


def _params(experiment: Experiment, candidate: CandidateConfig, result: Trained) -> dict[str, Any]:
    return {
        **candidate.model_dump(),
        **experiment.costs.model_dump(),
        "seed": experiment.seed,
        "calibration": experiment.calibration,
        "folds": experiment.cross_validation.folds if experiment.cross_validation else 0,
        "threshold": result.threshold,
    }


def _libraries(result: Trained) -> dict[str, str]:
    from jobs.bundle.manifest import Manifest

    made_with = Manifest.from_text((result.folder / "bundle.json").read_bytes()).libraries
    return {
        "mlops.library.python": platform.python_version(),
        **{f"mlops.library.{k}": v for k, v in made_with.items()},
    }
