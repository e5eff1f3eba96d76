"""The files of a model into MLflow as they are, byte by byte."""

from __future__ import annotations

from pathlib import Path

from jobs.errors import RegistryError
from jobs.registry.export import files_at


def upload(experiment_id: str, run_id: str, folder: Path) -> tuple[str, str]:
    """Location and id of the new model of this run, after its files were read back. Raises RegistryError."""
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModelOutput

    client = MlflowClient()
    logged = client.create_logged_model(experiment_id, name="model", source_run_id=run_id)
    client.log_model_artifacts(logged.model_id, str(folder))
    wanted = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    there = dict(files_at(logged.artifact_location))
    if there != wanted:
        different = sorted(path for path in {*there, *wanted} if there.get(path) != wanted.get(path))
        raise RegistryError("what was stored is not what was sent", given=different[:5])
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, 0)])
    return str(logged.artifact_location), str(logged.model_id)
