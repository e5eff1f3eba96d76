"""The rows that a challenger was never fitted on, made again from what its run recorded."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import TypeAdapter

from jobs.config import parse, read
from jobs.datasets.source import Source
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.errors import MlopsError, RegistryError
from jobs.training.config import Experiment
from jobs.training.record import DATA_TAG, SOURCE_TAG
from jobs.training.runs import PARENT_TAG
from jobs.training.split import Parts, Rows, split_rows

if TYPE_CHECKING:
    from jobs.registry.versions import Registry, Version

CONFIG_FILE = "config.yaml"


@dataclass(frozen=True)
class Recorded:
    """A version's experiment and data as its run recorded them."""

    experiment: Experiment
    table: Table

    @property
    def parts(self) -> Parts:
        """The split that it was trained with."""
        split = self.experiment.split
        return split_rows(self.table.target, split.valid, split.test, self.experiment.seed)


def config_text(registry: Registry, version: Version) -> str:
    """The config of the version's training as it was written. Raises RegistryError."""
    if not version.run_id:
        raise RegistryError("the version has no run, so nothing says how it was trained", given=_named(version))
    run = registry.run(version.run_id)
    places = (run.info.run_id, run.data.tags.get(PARENT_TAG))
    found = next((one for one in places if one and registry.has_file(one, CONFIG_FILE)), None)
    if found is None:
        raise RegistryError("the version's run has no config.yaml", given=f"{_named(version)}, run {version.run_id}")
    with tempfile.TemporaryDirectory(prefix="mlops-config-") as folder:
        return read(registry.fetch_file(found, CONFIG_FILE, Path(folder)))


def config_of(registry: Registry, version: Version) -> tuple[Experiment, Source]:
    """The config of the version's training, and the source that its data came from. Raises RegistryError."""
    experiment = parse(Experiment, config_text(registry, version), f"the config of {_named(version)}")
    source = registry.run(str(version.run_id)).data.tags.get(SOURCE_TAG)
    return experiment, TypeAdapter[Source](Source).validate_json(source) if source else experiment.data


def recorded(registry: Registry, version: Version, data: Source | None = None) -> Recorded:
    """Reads the data again, from elsewhere if told, and proves that it is the same.

    Raises RegistryError when it is not, or whatever the source raises.
    """
    experiment, source = config_of(registry, version)
    try:
        table = validate((data or source).read(), experiment.table, "the held-out data")
    except MlopsError as error:
        raise RegistryError(
            f"the data that {_named(version)} was trained on cannot be read: {error.problem}", given=error.given,
            details=error.details, change="say with --data where the same data is",
        ) from error  # fmt: skip
    wanted = version.tags.get(DATA_TAG)
    if table.digest() != wanted:
        raise RegistryError(
            f"this is not the data that {_named(version)} was trained on", given=table.digest(), allowed=wanted,
            change="say with --data where the same data is, or train again",
        )  # fmt: skip
    return Recorded(experiment, table)


def unseen(challenger: Recorded, champion: Experiment | None) -> Rows:
    """Test rows of the challenger; when both were trained on this table, only those that the champion did not see.

    Of a champion that was trained on other data nobody knows; rows that it saw make the test harder for the challenger.
    """
    rows = challenger.parts.test
    if champion is None:
        return rows
    theirs = split_rows(challenger.table.target, champion.split.valid, champion.split.test, champion.seed)
    return np.intersect1d(rows, theirs.test)


def _named(version: Version) -> str:
    return f"{version.name} version {version.version}"
