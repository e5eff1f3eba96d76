"""The real table, and a model trained on it, for benchmarks of the server."""

from __future__ import annotations

from pathlib import Path

from jobs.config import load
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.training.config import Experiment
from jobs.training.experiment import Trained, train
from tests.jobs.support import CONFIG


def trained(folder: Path) -> tuple[Table, Trained]:
    """The customers, and the best model of the committed experiment with its bundle in `folder`."""
    experiment = load(Experiment, CONFIG)
    table = validate(experiment.data.read(), experiment.table, "telco")
    return table, train(experiment, table, folder, lambda _: None)[-1]
