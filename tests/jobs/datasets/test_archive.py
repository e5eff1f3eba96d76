from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.datasets.archive import due
from jobs.datasets.catalog import Catalog, Snapshot
from jobs.datasets.manifest import DATA, FEATURES, MANIFEST
from jobs.datasets.shelf import FolderShelf
from jobs.datasets.sweep import sweep
from tests.jobs.datasets.support import GOOD, OTHER, day, take
from tests.support.store import Server

SIXTY = timedelta(days=60)
NOW = day(100)


def filled(root: str, tmp_path: Path) -> Catalog:
    """Snapshots of days 1, 10 and 90 of one dataset, and of day 5 of another."""
    catalog = Catalog(root)
    for number, text in ((1, GOOD), (10, OTHER), (90, GOOD)):
        take(catalog, tmp_path, text, day(number))
    take(catalog, tmp_path, GOOD, day(5), dataset="other")
    return catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return filled(str(tmp_path / "root"), tmp_path)


def everything(catalog: Catalog) -> dict[tuple[str, str], bytes]:
    """Every file of every snapshot, wherever it is kept."""
    return {
        (f"{one.name}/{one.time}", file): catalog.read(one, file)
        for name in catalog.names()
        for one in catalog.snapshots(name)
        for file in (DATA, FEATURES)
    }


def packed(catalog: Catalog) -> list[str]:
    return [key for key in catalog.shelf.list_keys("archive/") if key.endswith(".zst")]


def kept(catalog: Catalog) -> list[str]:
    return [one.kept for one in catalog.snapshots("churn")]


@given(
    st.lists(st.integers(1, 99), min_size=1, unique=True),
    st.sets(st.integers(1, 99)),
    st.integers(0, 120),
)
def test_what_is_due_is_old_live_and_never_the_newest(days: list[int], archived: set[int], older: int) -> None:
    snapshots = [Snapshot("churn", day(one), "archive" if one in archived else "datasets") for one in days]
    found = due(snapshots, NOW, timedelta(days=older))
    expected = {one for one in days if one != max(days) and one not in archived and 100 - one > older}
    assert {one.time for one in found} == {day(one) for one in expected}


def test_a_dry_run_names_what_is_due_and_changes_nothing(catalog: Catalog) -> None:
    keys = catalog.shelf.list_keys()
    said: list[str] = []
    swept = sweep(catalog, NOW, SIXTY, False, said.append)
    assert [one.time for one in swept.due] == [day(1), day(10)]
    assert [line.endswith("would be archived") for line in said] == [True, True]
    assert swept.done == ()
    assert catalog.shelf.list_keys() == keys


def test_archived_snapshots_are_read_as_before_and_are_gone_from_their_place(catalog: Catalog) -> None:
    before = everything(catalog)
    manifests = catalog.manifests(catalog.snapshots("churn"))
    swept = sweep(catalog, NOW, SIXTY, True, print)
    assert len(swept.done) == 2
    assert kept(catalog) == ["archive", "archive", "datasets"]
    assert everything(catalog) == before
    assert catalog.manifests(catalog.snapshots("churn")) == manifests
    assert catalog.newest("churn", day(9)).time == day(1)
    live = catalog.shelf.list_keys("datasets/")
    assert {key.split("/")[2] for key in live if "/churn/" in key} == {"2024-12-29T12-00-00Z"}
    assert (
        0
        < swept.before
        == sum(len(content) for (name, _), content in before.items() if "2024-10" in name and "churn" in name)
    )


def test_in_the_store_a_removal_hides_and_what_was_there_can_be_brought_back(store: Server, tmp_path: Path) -> None:
    catalog = filled("s3://features", tmp_path)
    before, keys = everything(catalog), catalog.shelf.list_keys("datasets/")
    sweep(catalog, NOW, SIXTY, True, print)
    assert kept(catalog) == ["archive", "archive", "datasets"]
    assert everything(catalog) == before
    gone = set(keys) - set(catalog.shelf.list_keys("datasets/"))
    versions = store.client().list_object_versions(Bucket="features", Prefix="datasets/")["Versions"]
    assert len(gone) == 6
    assert gone <= {one["Key"] for one in versions}


def test_the_only_snapshot_of_a_dataset_stays_however_old(catalog: Catalog) -> None:
    sweep(catalog, day(5000), timedelta(0), True, print)
    assert [one.kept for one in catalog.snapshots("other")] == ["datasets"]
    assert kept(catalog) == ["archive", "archive", "datasets"]


def test_a_second_run_changes_nothing(catalog: Catalog) -> None:
    sweep(catalog, NOW, SIXTY, True, print)
    keys = catalog.shelf.list_keys()
    swept = sweep(catalog, NOW, SIXTY, True, print)
    assert (swept.due, swept.done, swept.failed) == ((), (), {})
    assert catalog.shelf.list_keys() == keys


# Each snapshot takes three creates and three removes.
@pytest.mark.parametrize("survived", range(12))
def test_interrupted_anywhere_nothing_is_lost_and_the_next_run_ends_the_work(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    before, step = everything(catalog), itertools.count(1)

    def dying(method: str) -> None:
        original = getattr(FolderShelf, method)

        def dies(self: FolderShelf, *arguments: object) -> object:
            if next(step) > survived:
                raise KeyboardInterrupt
            return original(self, *arguments)

        monkeypatch.setattr(FolderShelf, method, dies)

    dying("create")
    dying("remove")
    with pytest.raises(KeyboardInterrupt):
        sweep(catalog, NOW, SIXTY, True, print)
    monkeypatch.undo()
    assert everything(catalog) == before
    sweep(catalog, NOW, SIXTY, True, print)
    assert everything(catalog) == before
    assert kept(catalog) == ["archive", "archive", "datasets"]
    assert len(catalog.shelf.list_keys("datasets/churn/")) == 3


def test_a_copy_that_is_not_the_original_keeps_the_original_and_the_others_go_on(catalog: Catalog) -> None:
    before = everything(catalog)
    first = catalog.snapshots("churn")[0]
    bad = f"archive/churn/{first.folder.rpartition('/')[2]}/{DATA}.zst"
    catalog.shelf.create(bad, b"not what it should be")
    swept = sweep(catalog, NOW, SIXTY, True, print)
    assert list(swept.failed) == [first.folder]
    assert "cannot be expanded" in swept.failed[first.folder]
    assert {f"{first.folder}/{file}" for file in (DATA, FEATURES, MANIFEST)} <= set(catalog.shelf.list_keys())
    assert everything(catalog) == before
    assert len(swept.done) == 1


def test_a_snapshot_that_is_damaged_is_not_archived_and_not_removed(catalog: Catalog) -> None:
    first = catalog.snapshots("churn")[0]
    path = Path(catalog.shelf.root) / first.key(DATA)
    path.write_bytes(b"damaged")
    swept = sweep(catalog, NOW, SIXTY, True, print)
    assert "sha256 differs" in swept.failed[first.folder]
    assert path.read_bytes() == b"damaged"
    assert kept(catalog)[0] == "datasets"


def test_whoever_listed_a_snapshot_before_it_was_archived_reads_it_all_the_same(catalog: Catalog) -> None:
    listed = catalog.snapshots("churn")[0]
    content, manifest = catalog.read(listed, DATA), catalog.manifest(listed)
    sweep(catalog, NOW, SIXTY, True, print)
    assert catalog.read(listed, DATA) == content
    assert catalog.manifest(listed) == manifest
