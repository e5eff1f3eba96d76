from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs.errors import DataError
from jobs.store import create_object, list_objects, read_object, write_object
from tests.support.store import Server

URL = "s3://features/a/b.txt"


@pytest.mark.parametrize("attempt", ["first", "second"])
def test_every_test_finds_the_buckets_empty_and_versioned(store: Server, attempt: str) -> None:
    assert list_objects("s3://features/") == []
    write_object(URL, attempt.encode())
    write_object(URL, b"again")
    assert read_object(URL) == b"again"
    assert len(store.client().list_object_versions(Bucket="features")["Versions"]) == 2


@pytest.mark.usefixtures("store")
def test_an_object_that_does_not_exist_is_told_by_its_address() -> None:
    with pytest.raises(DataError, match="does not exist") as refused:
        read_object(URL)
    assert refused.value.given == URL


@pytest.mark.usefixtures("store")
def test_of_many_who_create_one_object_at_once_one_does_and_its_content_stays() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: create_object(URL, b"%d" % number), range(16)))
    assert made.count(True) == 1
    assert read_object(URL) == b"%d" % made.index(True)
    assert create_object(URL, b"late") is False
