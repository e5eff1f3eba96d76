"""Takes what was deleted long enough ago out of the database and the store; this cannot be undone.

MLflow's own `gc` asks neither for registered versions nor for aliases, so what they need is left out here.
"""

from __future__ import annotations

import os
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

from jobs.errors import ConfigError
from jobs.runs.prune import behind, versions

URI = "MLFLOW_BACKEND_STORE_URI"
SECRETS = "MLOPS_TRACKING_SECRETS"


@dataclass(frozen=True)
class Garbage:
    """Ids. `spared`: deleted, and yet behind a registered version."""

    runs: tuple[str, ...]
    models: tuple[str, ...]
    experiments: tuple[str, ...]
    spared: tuple[str, ...]

    def as_dict(self) -> dict[str, list[str]]:
        return {key: list(getattr(self, key)) for key in ("runs", "models", "experiments", "spared")}


def backend() -> str:
    """Address of MLflow's database: a variable, or the mounted secret of the tracking servers. Raises ConfigError."""
    from jobs.tracking import iam_login
    from jobs.tracking.configuration import Configuration, ConfigurationError

    try:
        iam_login.install()
        if given := os.environ.get(URI):
            return given
        if os.environ.get(SECRETS):
            return Configuration.read().backend_uri
    except ConfigurationError as error:
        raise ConfigError("the database of MLflow cannot be used", given=str(error)) from error
    raise ConfigError(
        "this needs the database of MLflow, because its server deletes nothing for good",
        given=f"neither {URI} nor {SECRETS} is set", allowed=f"{URI}=sqlite:////folder/mlflow.db, or postgresql+psycopg://…",
        change="the platform's CronJob `runs-prune` has it; beside `mlops tracking serve` set the first",
    )  # fmt: skip


def find(uri: str, older: timedelta) -> Garbage:
    """Changes nothing."""
    from mlflow import MlflowClient
    from mlflow.entities import ViewType

    age = int(older.total_seconds() * 1000)
    store = _store(uri)
    client = MlflowClient(uri, registry_uri=uri)
    models = set(store._get_deleted_logged_models(older_than=age))
    runs = set(store._get_deleted_runs(older_than=age))
    limit = time.time() * 1000 - age
    experiments = {
        one.experiment_id
        for one in client.search_experiments(ViewType.DELETED_ONLY)
        if one.last_update_time is not None and one.last_update_time < limit
    }
    registered = versions(client)
    details = [store.get_logged_model(model, allow_deleted=True) for model in sorted(models)]
    needed = behind(registered, details)
    held = {model.model_id for model in details if model.source_run_id in needed}
    homes = {client.get_run(run).info.experiment_id for run in needed if _exists(client, run)}
    spared = (runs & needed) | (models & held) | (experiments & homes)
    first, second, third = (tuple(sorted(kind - spared)) for kind in (runs, models, experiments))
    return Garbage(first, second, third, tuple(sorted(spared)))


def collect(uri: str, garbage: Garbage, older: timedelta) -> None:
    """Files first, then rows: interrupted, the rest is found again. Raises what MLflow and the store raise."""
    from mlflow.cli import _gc_tracking_resources

    # The function behind `mlflow gc`: as a command it takes the database's password as an argument, and an empty list
    # of ids for all of them.
    with redirect_stdout(StringIO()):
        _gc_tracking_resources(
            backend_store=_store(uri),
            run_ids=list(garbage.runs),
            experiment_ids=list(garbage.experiments),
            logged_model_ids=list(garbage.models),
            older_than=f"{older.total_seconds():.0f}s",
            time_delta=int(older.total_seconds() * 1000),
            skip_experiments=not garbage.experiments,
            skip_logged_models=False,
            ignore_not_found=True,
        )


def _store(uri: str) -> Any:
    from mlflow.tracking import _get_store

    return _get_store(uri, None)  # type: ignore[no-untyped-call]


def _exists(client: Any, run: str) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        client.get_run(run)
    except MlflowException:
        return False
    return True
