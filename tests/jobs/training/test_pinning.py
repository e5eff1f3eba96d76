from __future__ import annotations

from pathlib import Path

import pytest

from jobs.cluster import run
from jobs.config import parse
from jobs.datasets.catalog import Catalog
from jobs.datasets.source import DatasetSource
from jobs.errors import ConfigError, DataError
from jobs.training.config import Experiment
from jobs.training.on_cluster import training_job
from jobs.training.pinning import pinned
from tests.jobs.cluster.fake import FakeApi
from tests.jobs.datasets.support import GOOD, OTHER, day, take
from tests.jobs.support import CONFIG, mlops


def on_dataset(root: str) -> str:
    """The shipped experiment on the newest snapshot of dataset `churn`."""
    return CONFIG.read_text().replace("{kind: telco}", f"{{kind: dataset, name: churn, root: '{root}'}}")


def experiment_of(text: str) -> Experiment:
    return parse(Experiment, text, "test")


def test_a_newer_snapshot_does_not_change_what_an_experiment_trains_on(tmp_path: Path) -> None:
    root = str(tmp_path / "root")
    take(Catalog(root), tmp_path, GOOD, day(1))
    text, experiment = pinned(on_dataset(root), experiment_of(on_dataset(root)))
    take(Catalog(root), tmp_path, OTHER, day(2))
    assert experiment.data == DatasetSource(kind="dataset", name="churn", as_of=day(1), root=root)
    assert experiment_of(text) == experiment
    assert list(experiment.data.read()["age"]) == [31, 42]


def test_an_experiment_without_a_dataset_keeps_its_text(experiment: Experiment) -> None:
    text = CONFIG.read_text()
    assert pinned(text, experiment) == (text, experiment)


def test_a_dataset_that_is_not_there_is_told_before_anything_starts(tmp_path: Path) -> None:
    text = on_dataset(str(tmp_path))
    with pytest.raises(DataError, match="no such dataset"):
        pinned(text, experiment_of(text))


def test_a_dataset_in_a_folder_of_this_machine_is_no_data_for_a_job(tmp_path: Path) -> None:
    text = on_dataset(str(tmp_path))
    with pytest.raises(ConfigError, match=r"data\.root"):
        training_job(text, experiment_of(text))


@pytest.mark.usefixtures("store")
def test_every_worker_of_a_job_gets_the_snapshot_that_counted_when_it_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeApi()
    monkeypatch.setattr(run, "Api", lambda _: api)
    take(Catalog(), tmp_path, GOOD, day(1))
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.read_text().replace("{kind: telco}", "{kind: dataset, name: churn}"))
    said = mlops("train", "run", str(config), "--on", "k8s", "--no-wait", "--json")
    [job] = api.made.values()
    given = experiment_of(job["spec"]["template"]["metadata"]["annotations"]["file.mlops.io/config.yaml"])
    assert said.code == 0, said.err
    assert given.data == DatasetSource(kind="dataset", name="churn", as_of=day(1), root="s3://features")
