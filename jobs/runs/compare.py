"""Runs side by side: parameters, metrics and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jobs.errors import ConfigError, MlopsError

Part = Literal["params", "metrics", "tags"]
# MLflow's own tags say what the rest of a run says; these two are what people look for.
OWN_TAGS = frozenset({"mlflow.runName", "mlflow.user"})


@dataclass(frozen=True)
class Run:
    """`given`: the words that named it."""

    given: str
    run_id: str
    experiment_id: str
    status: str
    started: int
    parts: Mapping[Part, Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "given": self.given, "runId": self.run_id, "experimentId": self.experiment_id, "status": self.status,
            "started": self.started,
        }  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One thing that runs have; None where a run does not have it."""

    part: Part
    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        return any(value != self.values[0] for value in self.values)


def rows(runs: Sequence[Run], everything: bool = False) -> list[Row]:
    """What differs, or everything; parameters first, then metrics, then tags. Pure."""
    parts: tuple[Part, ...] = ("params", "metrics", "tags")
    found = [
        Row(part, name, tuple(run.parts[part].get(name) for run in runs))
        for part in parts
        for name in sorted({name for run in runs for name in run.parts[part]})
    ]
    return [row for row in found if everything or row.differs]


def fetch(given: Sequence[str]) -> list[Run]:
    """Runs by id, by `model@alias` or by `model/version`. Raises ConfigError, RegistryError, MlopsError."""
    from mlflow import MlflowClient

    if len(given) < 2 or len(set(given)) < len(given):
        raise ConfigError("there is nothing to compare", given=" ".join(given), allowed="two runs or more, each once")
    client = MlflowClient()
    return [_fetch(client, one) for one in given]


def _fetch(client: Any, given: str) -> Run:
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(_run_id(given))
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        raise MlopsError(
            "the run does not exist", given=given, allowed="a run's id, model@alias or model/version",
            change="`mlops train list` has the trainings",
        ) from error  # fmt: skip
    tags = {name: value for name, value in run.data.tags.items() if name in OWN_TAGS or not name.startswith("mlflow.")}
    info = run.info
    parts: dict[Part, Mapping[str, Any]] = {"params": run.data.params, "metrics": run.data.metrics, "tags": tags}
    return Run(given, info.run_id, info.experiment_id, info.status, info.start_time, parts)


def _run_id(given: str) -> str:
    from jobs.registry.versions import Registry

    model, at, alias = given.rpartition("@")
    if not at:
        model, slash, number = given.rpartition("/")
        if not slash:
            return given
        version = Registry().find(model, number)
    else:
        version = Registry().find(model, f"@{alias}")
    if version.run_id is None:
        raise MlopsError("this version was not made by a run", given=given)
    return version.run_id
