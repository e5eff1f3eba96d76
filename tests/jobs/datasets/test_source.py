from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from jobs.config import parse
from jobs.datasets.catalog import ROOT, Catalog
from jobs.datasets.source import DatasetSource, FileSource, TelcoSource, source_of
from jobs.datasets.sweep import sweep
from jobs.errors import ConfigError, DataError
from jobs.training.config import Experiment
from tests.jobs.datasets.support import GOOD, OTHER, day, take
from tests.jobs.support import CONFIG


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """Dataset `churn` on days 1 and 5, where commands look for it."""
    monkeypatch.setenv(ROOT, str(tmp_path / "root"))
    catalog = Catalog()
    take(catalog, tmp_path, GOOD, day(1))
    take(catalog, tmp_path, OTHER, day(5))
    return catalog


def ages(text: str) -> list[float]:
    return list(source_of(text).read()["age"])


@pytest.mark.usefixtures("catalog")
def test_a_dataset_is_read_newest_or_as_of_a_time() -> None:
    assert ages("dataset:churn") == [31, 43]
    assert ages("dataset:churn@2024-10-04T12:00Z") == [31, 42]
    assert ages("dataset:churn@2024-10-05T12-00-00Z") == [31, 43]


def test_an_archived_snapshot_is_read_as_before(catalog: Catalog) -> None:
    sweep(catalog, day(90), timedelta(days=60), True, print)
    assert [one.kept for one in catalog.snapshots("churn")] == ["archive", "datasets"]
    assert ages("dataset:churn@2024-10-04T12:00Z") == [31, 42]


def test_a_pinned_source_gives_the_same_rows_when_there_are_newer_ones(catalog: Catalog, tmp_path: Path) -> None:
    pinned = source_of("dataset:churn").pinned()
    take(catalog, tmp_path, GOOD, day(6))
    assert isinstance(pinned, DatasetSource)
    assert (pinned.as_of, pinned.root) == (day(5), str(tmp_path / "root"))
    assert list(pinned.read()["age"]) == [31, 43]
    assert pinned.pinned() == pinned
    assert ages("dataset:churn") == [31, 42]


@pytest.mark.parametrize("source", [TelcoSource(kind="telco"), FileSource(kind="file", path="a.csv")])
def test_other_sources_have_no_time_to_pin(source: TelcoSource | FileSource) -> None:
    assert source.pinned() is source


@pytest.mark.parametrize("text", ["dataset:", "dataset:Churn", "dataset:a/b", "dataset:../x@2024-10-04T12:00Z"])
def test_a_name_that_no_dataset_can_have_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no name of a dataset"):
        source_of(text)


@pytest.mark.usefixtures("catalog")
def test_a_dataset_or_time_that_is_not_there_is_told_with_what_is() -> None:
    with pytest.raises(DataError, match="churn"):
        source_of("dataset:orders").read()
    with pytest.raises(DataError, match="2024-10-01T12-00-00Z or later"):
        source_of("dataset:churn@2024-09-01T00:00Z").read()
    with pytest.raises(ConfigError, match="no time with a zone"):
        source_of("dataset:churn@yesterday")


@pytest.mark.parametrize("as_of", ["", ', as_of: "2026-11-20T12:00Z"', ", as_of: 2026-11-20T12:00:00Z"])
def test_an_experiment_takes_a_dataset_as_its_data(as_of: str) -> None:
    text = CONFIG.read_text().replace("{kind: telco}", f"{{kind: dataset, name: churn{as_of}}}")
    data = parse(Experiment, text, "test").data
    assert isinstance(data, DatasetSource)
    assert (data.as_of is None) is (as_of == "")


def test_a_time_without_a_zone_is_refused_in_a_config() -> None:
    text = CONFIG.read_text().replace("{kind: telco}", '{kind: dataset, name: churn, as_of: "2026-11-20T12:00"}')
    with pytest.raises(ConfigError, match="timezone"):
        parse(Experiment, text, "test")


@pytest.mark.usefixtures("store")
def test_without_a_setting_datasets_are_in_the_bucket_of_features(tmp_path: Path) -> None:
    catalog = Catalog()
    assert catalog.shelf.root == "s3://features"
    take(catalog, tmp_path, GOOD, day(1))
    assert ages("dataset:churn") == [31, 42]
    assert catalog.shelf.list_keys()[0] == "datasets/churn/2024-10-01T12-00-00Z/data.parquet"
