"""Studies with what was asked for: their config travels with them in the database."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.config import load, parse, read
from jobs.errors import ConfigError, MlopsError
from jobs.training.config import LOWER_IS_BETTER, Experiment, Metric
from jobs.tuning.config import PrunerName, SamplerName, Study

if TYPE_CHECKING:
    import optuna
    from optuna.storages import BaseStorage

STUDY = "mlops.study"
EXPERIMENT = "mlops.experiment"
SAMPLER = "mlops.sampler"
PRUNER = "mlops.pruner"
# What may differ when a study goes on: how it is searched, not what.
CHANGEABLE = {"experiment", "trials", "timeout", "sampler", "pruner", "retries", "heartbeat", "run"}


class StudyError(MlopsError):
    """A study does not exist, has nothing yet or is another than the config says."""


@dataclass(frozen=True)
class Asked:
    """A study's config with its experiment's."""

    study: Study
    experiment: Experiment

    @property
    def metric(self) -> Metric:
        return self.study.metric or self.experiment.select

    @property
    def lower_is_better(self) -> bool:
        return self.metric in LOWER_IS_BETTER

    def identity(self) -> dict[str, Any]:
        """What makes values of two trials comparable."""
        experiment = self.experiment.model_dump(
            mode="json", include={"data", "table", "split", "costs", "seed"}, exclude_none=True
        )
        # A dataset is pinned when the study is made: later snapshots are no other study.
        for key in ("as_of", "root"):
            experiment["data"].pop(key, None)
        study = self.study.model_dump(mode="json", exclude=CHANGEABLE)
        return {**study, "metric": self.metric, **{f"experiment.{key}": value for key, value in experiment.items()}}


@dataclass(frozen=True)
class Found:
    """A study in the database."""

    asked: Asked
    live: optuna.Study

    @property
    def sampler(self) -> SamplerName:
        name: SamplerName = self.live.user_attrs.get(SAMPLER, self.asked.study.sampler)
        return name

    @property
    def pruner(self) -> PrunerName:
        name: PrunerName = self.live.user_attrs.get(PRUNER, self.asked.study.pruner)
        return name


def read_asked(path: Path) -> Asked:
    """A study's YAML and the experiment beside it. Raises ConfigError."""
    study = load(Study, path)
    return Asked(study, load(Experiment, path.parent / study.experiment))


def read_files(path: Path) -> dict[str, str]:
    """Both texts by file name, as a Job takes them. Raises ConfigError."""
    study = load(Study, path)
    experiment = Path(study.experiment)
    if len(experiment.parts) > 1:
        raise ConfigError(
            "a Job's pod has both configs in one folder", given=f"experiment: {study.experiment}",
            allowed="a file beside the study's", change=f"move it there and write experiment: {experiment.name}",
        )  # fmt: skip
    return {path.name: read(path), experiment.name: read(path.parent / experiment)}


def create(asked: Asked, storage: BaseStorage) -> tuple[Found, bool]:
    """The study, and whether it is new; one whose making was interrupted gets the rest. Raises StudyError."""
    import optuna
    from optuna.exceptions import DuplicatedStudyError

    name, new = asked.study.study, True
    directions = optuna.study.StudyDirection
    direction = directions.MINIMIZE if asked.lower_is_better else directions.MAXIMIZE
    try:
        live = optuna.create_study(study_name=name, storage=storage, direction=direction)
    except DuplicatedStudyError:
        live, new = optuna.load_study(study_name=name, storage=storage), False
    if STUDY not in live.user_attrs:
        if live.get_trials(deepcopy=False):
            raise StudyError("this study was not made by `mlops tune`", given=name, change="choose another name")
        pinned = asked.experiment.model_copy(update={"data": asked.experiment.data.pinned()})
        live.set_user_attr(EXPERIMENT, pinned.model_dump(mode="json"))
        live.set_user_attr(STUDY, asked.study.model_dump(mode="json"))
    found = _same(asked, find(name, storage))
    if live.user_attrs[STUDY] != asked.study.model_dump(mode="json"):
        live.set_user_attr(STUDY, asked.study.model_dump(mode="json"))
    return found, new


def find(name: str, storage: BaseStorage) -> Found:
    """Raises StudyError when there is none of this name."""
    import optuna

    try:
        live = optuna.load_study(study_name=name, storage=storage, sampler=optuna.samplers.RandomSampler())
    except KeyError:
        known = ", ".join(sorted(optuna.get_all_study_names(storage))) or "none"
        raise StudyError(
            "this study does not exist", given=name, allowed=known, change="`mlops tune create CONFIG` makes one"
        ) from None
    attributes = live.user_attrs
    if STUDY not in attributes:
        raise StudyError("this study was not made by `mlops tune`", given=name, change="choose another name")
    study = parse(Study, json.dumps(attributes[STUDY]), f"study {name}")
    return Found(Asked(study, parse(Experiment, json.dumps(attributes[EXPERIMENT]), f"experiment of {name}")), live)


def silence() -> None:
    """Optuna tells every trial, and that heartbeats are experimental."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


def _same(asked: Asked, found: Found) -> Found:
    old, new = found.asked.identity(), asked.identity()
    differing = tuple(
        f"{key}: {old.get(key)} there, {new.get(key)} given"[:300]
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    )
    if differing:
        raise StudyError(
            "a study of this name searches something else", given=asked.study.study, details=differing,
            change="its values could not be compared: give the new one another name",
        )  # fmt: skip
    return Found(Asked(asked.study, found.asked.experiment), found.live)
