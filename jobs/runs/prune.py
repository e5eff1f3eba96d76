"""Deletes old runs with their models; MLflow keeps both restorable until `runs gc`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.errors import MlopsError
from jobs.runs.plan import KEEP, Plan, RunFacts, plan

PAGE = 1000
# MLflow's largest page of models.
MODELS_PAGE = 50
# What one entry of the trail names.
NAMED = 1000


@dataclass(frozen=True)
class Found:
    """`models`: ids of the logged models of each run, by the run's id."""

    plan: Plan
    models: dict[str, list[str]]


class Runs:
    """The tracking server's runs. Raises UnreachableError, MlopsError when it refuses."""

    def __init__(self) -> None:
        from mlflow import MlflowClient

        self._client: Any = MlflowClient()

    def find(self, experiment: str | None, before: datetime, unfinished: bool) -> Found:
        """What may go, of one experiment or of all. Changes nothing. Raises MlopsError for an unknown experiment."""
        homes = {one.experiment_id: one.name for one in self._experiments(experiment)}
        runs = [facts_of(run, homes) for run in self._runs(list(homes))]
        models = list(self._models(list(homes)))
        behind = self._behind_versions(models)
        owned: dict[str, list[str]] = {}
        for model in models:
            if model.source_run_id:
                owned.setdefault(model.source_run_id, []).append(model.model_id)
        return Found(plan(runs, behind, before, unfinished), owned)

    def delete(self, found: Found, say: Callable[[str], None]) -> None:
        """Models before their run: interrupted, the run is found again. Asks anew what has been registered since."""
        from mlflow.exceptions import MlflowException

        for run in found.plan.doomed:
            if self._client.search_model_versions(f"run_id = '{run.run_id}'", max_results=1):
                say(f"{run.run_id} {run.name}: stays, a version was registered from it just now")
                continue
            try:
                for model in found.models.get(run.run_id, []):
                    self._client.delete_logged_model(model)
                self._client.delete_run(run.run_id)
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
                # Another prune was here.
            say(f"{run.run_id} {run.name}: deleted")

    def _experiments(self, name: str | None) -> list[Any]:
        if name is None:
            return list(self._client.search_experiments())
        found = self._client.get_experiment_by_name(name)
        if found is None:
            names = sorted(one.name for one in self._client.search_experiments())
            raise MlopsError("the experiment does not exist", given=name, allowed=names)
        return [found]

    def _runs(self, homes: list[str]) -> Iterator[Any]:
        token = None
        while homes and (token is None or token):
            page = self._client.search_runs(homes, max_results=PAGE, page_token=token)
            yield from page
            token = page.token or ""

    def _models(self, homes: list[str]) -> Iterator[Any]:
        token = None
        while homes and (token is None or token):
            page = self._client.search_logged_models(homes, max_results=MODELS_PAGE, page_token=token)
            yield from page
            token = page.token or ""

    def _behind_versions(self, models: list[Any]) -> set[str]:
        """Runs that registered versions name, or whose models' files they have."""
        return behind(versions(self._client), models)


def versions(client: Any) -> list[Any]:
    """Every version of every registered model."""
    found: list[Any] = []
    token = None
    while token is None or token:
        page = client.search_model_versions(max_results=PAGE, page_token=token)
        found += page
        token = page.token or ""
    return found


def behind(registered: list[Any], models: list[Any]) -> set[str]:
    """Ids of runs that must stay: a version names the run, the model, or the place of the model's files."""
    sources = [version.source or "" for version in registered]
    runs = {version.run_id for version in registered if version.run_id}
    for model in models:
        if model.source_run_id and any(model.model_id in one or one == model.artifact_location for one in sources):
            runs.add(model.source_run_id)
    return runs


def facts_of(run: Any, homes: dict[str, str]) -> RunFacts:
    """MLflow's run as the plan needs it."""
    tags = run.data.tags
    info = run.info
    return RunFacts(
        info.run_id, homes[info.experiment_id], info.run_name or "-", info.status, _time(info.start_time),
        _time(info.end_time) if info.end_time else None, tags.get("mlflow.parentRunId"),
        tags.get(KEEP, "false").lower() not in ("false", "no", "0", ""),
    )  # fmt: skip


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
