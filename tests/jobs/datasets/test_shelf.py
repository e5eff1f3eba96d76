from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jobs.datasets.shelf import Shelf, shelf_of
from jobs.errors import DataError


@pytest.fixture(params=["folder", "store"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """Both kinds must keep the same promises."""
    if request.param == "folder":
        return shelf_of(str(tmp_path / "shelf"))
    request.getfixturevalue("store")
    return shelf_of("s3://features/shelf")


def test_what_is_created_is_read_and_listed_by_its_key(shelf: Shelf) -> None:
    assert shelf.list_keys() == []
    for key in ("b/2", "a/1", "ab/3"):
        assert shelf.create(key, key.encode())
    assert shelf.list_keys() == ["a/1", "ab/3", "b/2"]
    assert shelf.list_keys("a") == ["a/1", "ab/3"]
    assert shelf.list_keys("a/") == ["a/1"]
    assert shelf.list_keys("c/") == []
    assert shelf.read("ab/3") == b"ab/3"


def test_what_is_there_is_never_overwritten(shelf: Shelf) -> None:
    assert shelf.create("a/1", b"first")
    assert not shelf.create("a/1", b"second")
    assert shelf.read("a/1") == b"first"


def test_of_many_who_create_one_key_at_once_one_does_and_its_content_stays(shelf: Shelf) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: shelf.create("a/1", b"%d" % number), range(8)))
    assert made.count(True) == 1
    assert shelf.read("a/1") == b"%d" % made.index(True)


def test_what_was_removed_is_gone_and_may_be_removed_again(shelf: Shelf) -> None:
    shelf.create("a/1", b"x")
    shelf.create("a/2", b"y")
    shelf.remove("a/1")
    shelf.remove("a/1")
    assert shelf.list_keys() == ["a/2"]
    with pytest.raises(DataError, match=r"does not exist|cannot be read"):
        shelf.read("a/1")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(DataError, match="cannot be written"):
        shelf_of(str(tmp_path / "file")).create("a/1", b"x")
