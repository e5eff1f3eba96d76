from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jobs.datasets.catalog import Catalog
from jobs.datasets.manifest import DATA, FEATURES, MANIFEST
from jobs.datasets.parquet import read_frame
from jobs.datasets.shelf import FolderShelf
from jobs.errors import DataError
from tests.jobs.datasets.support import GOOD, HEADER, OTHER, day, pipeline, read_matrix, take


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(str(tmp_path / "root"))


def test_a_snapshot_says_what_it_holds_and_where_it_came_from(catalog: Catalog, tmp_path: Path) -> None:
    written = take(catalog, tmp_path, GOOD, day(1))
    manifest = catalog.manifest(catalog.newest("churn"))
    assert manifest == written.manifest
    assert (manifest.rows, manifest.labelled, manifest.time) == (2, True, day(1))
    assert manifest.source == {"kind": "file", "path": str(tmp_path / "rows.csv")}
    assert manifest.table == pipeline(tmp_path).table
    assert [file.name for file in manifest.files] == [DATA, FEATURES]
    frame = read_frame(catalog.read(written.snapshot, DATA), "data")
    assert frame.columns.tolist() == ["age", "plan", "spent", "churn"]
    assert frame["churn"].tolist() == ["Yes", "No"]
    matrix, names = read_matrix(catalog.read(written.snapshot, FEATURES))
    assert names == ["age", "plan=basic", "plan=gold", "spent"]
    assert matrix[:, :3].tolist() == [[31, 1, 0], [42, 0, 1]]


def test_a_second_run_with_the_same_rows_writes_nothing(catalog: Catalog, tmp_path: Path) -> None:
    first = take(catalog, tmp_path, GOOD, day(1))
    keys = catalog.shelf.list_keys()
    again = take(catalog, tmp_path, GOOD, day(2))
    assert first.new
    assert not again.new
    assert again.snapshot == first.snapshot
    assert catalog.shelf.list_keys() == keys


def test_other_rows_are_appended_and_the_old_ones_stay(catalog: Catalog, tmp_path: Path) -> None:
    first = take(catalog, tmp_path, GOOD, day(1))
    before = {key: catalog.shelf.read(key) for key in catalog.shelf.list_keys()}
    take(catalog, tmp_path, OTHER, day(2))
    take(catalog, tmp_path, GOOD, day(3))
    assert [one.time for one in catalog.snapshots("churn")] == [day(1), day(2), day(3)]
    assert {key: catalog.shelf.read(key) for key in before} == before
    assert catalog.manifest(catalog.newest("churn")).table_sha256 == first.manifest.table_sha256


def test_the_snapshot_that_counted_at_a_time_is_the_last_before_it(catalog: Catalog, tmp_path: Path) -> None:
    for number, text in ((1, GOOD), (3, OTHER)):
        take(catalog, tmp_path, text, day(number))
    assert [catalog.newest("churn", day(number)).time for number in (1, 2, 3, 4)] == [day(1), day(1), day(3), day(3)]
    with pytest.raises(DataError, match="no snapshot of that time") as refused:
        catalog.newest("churn", day(0))
    assert "2024-10-01T12-00-00Z or later" in str(refused.value)


def test_a_dataset_that_does_not_exist_is_told_with_those_that_do(catalog: Catalog, tmp_path: Path) -> None:
    take(catalog, tmp_path, GOOD, day(1), dataset="other")
    with pytest.raises(DataError, match="other") as refused:
        catalog.newest("churn")
    assert refused.value.given == "churn"


def test_a_snapshot_of_an_earlier_time_is_refused_because_it_would_change_the_past(
    catalog: Catalog, tmp_path: Path
) -> None:
    take(catalog, tmp_path, GOOD, day(2))
    for number in (1, 2):
        with pytest.raises(DataError, match="never changed"):
            take(catalog, tmp_path, OTHER, day(number))
    assert len(catalog.snapshots("churn")) == 1


@pytest.mark.parametrize("survived", [1, 2])
def test_an_interrupted_run_leaves_no_snapshot_and_the_next_makes_one(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    create, calls = FolderShelf.create, []

    def dies(self: FolderShelf, key: str, content: bytes) -> bool:
        calls.append(key)
        if len(calls) > survived:
            raise KeyboardInterrupt
        return create(self, key, content)

    monkeypatch.setattr(FolderShelf, "create", dies)
    with pytest.raises(KeyboardInterrupt):
        take(catalog, tmp_path, GOOD, day(1))
    monkeypatch.undo()
    assert catalog.names() == []
    assert catalog.unfinished() == ["datasets/churn/2024-10-01T12-00-00Z"]
    assert len(catalog.shelf.list_keys()) == survived
    with pytest.raises(DataError, match="run the same command again"):
        take(catalog, tmp_path, OTHER, day(1))
    assert take(catalog, tmp_path, GOOD, day(1)).new
    assert catalog.unfinished() == []


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("texts", [[GOOD] * 6, [GOOD, OTHER] * 3])
def test_of_pipelines_that_run_at_once_one_writes_and_no_file_is_mixed(tmp_path: Path, texts: list[str]) -> None:
    catalog = Catalog()

    def attempt(number: int) -> str:
        (folder := tmp_path / str(number)).mkdir()
        try:
            return take(catalog, folder, texts[number], day(1)).manifest.table_sha256
        except DataError as error:
            return str(error.change)

    with ThreadPoolExecutor(6) as pool:
        digests = list(pool.map(attempt, range(6)))
    [snapshot] = catalog.snapshots("churn")
    wrote = catalog.manifest(snapshot).table_sha256
    refused = {"run the same command again"} if len(set(texts)) > 1 else set()
    assert set(digests) == {wrote} | refused
    frame = read_frame(catalog.read(snapshot, DATA), DATA)
    matrix, _ = read_matrix(catalog.read(snapshot, FEATURES))
    assert frame["age"].tolist() == matrix[:, 0].tolist()


@pytest.mark.parametrize("file", [DATA, FEATURES])
def test_a_file_that_was_changed_is_not_read(catalog: Catalog, tmp_path: Path, file: str) -> None:
    snapshot = take(catalog, tmp_path, GOOD, day(1)).snapshot
    path = Path(catalog.shelf.root) / snapshot.key(file)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DataError, match="sha256 differs"):
        catalog.read(snapshot, file)


@pytest.mark.parametrize(
    "change", [lambda text: text[:50], lambda text: text.replace('"format": 1', '"format": 2'), lambda _: "[]"]
)
def test_a_manifest_that_cannot_be_read_is_told_with_its_place(catalog: Catalog, tmp_path: Path, change: Any) -> None:
    snapshot = take(catalog, tmp_path, GOOD, day(1)).snapshot
    path = Path(catalog.shelf.root) / snapshot.key(MANIFEST)
    path.write_text(change(path.read_text()))
    with pytest.raises(DataError, match="manifest of a snapshot cannot be read") as refused:
        catalog.manifest(snapshot)
    assert refused.value.given == str(path)


def test_rows_that_break_a_rule_make_no_snapshot(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is above the maximum 120"):
        take(catalog, tmp_path, GOOD.replace("42", "142"), day(1))
    assert catalog.shelf.list_keys() == []


def test_the_range_of_event_times_is_told_in_utc(catalog: Catalog, tmp_path: Path) -> None:
    text = f"{HEADER},at\n1,gold,,No,2024-09-30T12:00:00+02:00\n2,gold,,Yes,2024-09-01\n"
    written = take(catalog, tmp_path, text, day(1), event_time="at")
    assert written.manifest.as_dict()["first"] == "2024-09-01T00:00:00Z"
    assert written.manifest.as_dict()["last"] == "2024-09-30T10:00:00Z"
    assert "at" in read_frame(catalog.read(written.snapshot, DATA), "data").columns
    assert catalog.manifest(written.snapshot) == written.manifest


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2024-10-02", "row 2: value '2024-10-02' is after 2024-10-01T12:00:00"),
        ("soon", "row 2: value 'soon' is no time"),
        ("", "row 2: value '' is no time"),
    ],
)
def test_a_row_from_the_future_or_without_a_time_is_refused(
    catalog: Catalog, tmp_path: Path, value: str, said: str
) -> None:
    with pytest.raises(DataError) as refused:
        take(catalog, tmp_path, f"{HEADER},at\n1,gold,,No,2024-09-01\n2,gold,,Yes,{value}\n", day(1), event_time="at")
    assert said in str(refused.value)
    assert catalog.shelf.list_keys() == []


def test_a_missing_column_of_event_times_is_told_with_what_there_is(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column of event times"):
        take(catalog, tmp_path, GOOD, day(1), event_time="at")
