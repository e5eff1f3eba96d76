from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import ConfigError
from jobs.images.layer import layer

NAMES = st.text("abcxyz09-_.", min_size=1, max_size=12).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "/".join(["", *parts]))


def read(tar: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        return {entry.name: entry for entry in opened}


def test_the_same_files_are_the_same_bytes_in_whatever_order_they_are_given() -> None:
    files = {"/opt/model/bundle.json": b"{}", "/opt/model/model.onnx": b"\0\1", "/a": b""}
    assert layer(files) == layer(dict(reversed(files.items())))
    assert layer(files) != layer({**files, "/a": b"1"})


def test_files_belong_to_root_and_are_read_only_and_folders_are_as_everywhere() -> None:
    entries = read(layer({"/opt/model/bundle.json": b"{}"}))
    assert list(entries) == ["opt", "opt/model", "opt/model/bundle.json"]
    assert {(one.uid, one.gid, one.mtime) for one in entries.values()} == {(0, 0, 0)}
    assert [oct(one.mode) for one in entries.values()] == ["0o755", "0o755", "0o444"]


@given(st.dictionaries(PATHS, st.binary(max_size=64), max_size=8))
def test_whatever_goes_in_comes_out(files: dict[str, bytes]) -> None:
    folders = {f"/{parent}" for path in files for parent in list(_parents(path))}
    if folders & files.keys():
        with pytest.raises(ConfigError, match="a file and a folder"):
            layer(files)
        return
    with tarfile.open(fileobj=io.BytesIO(layer(files))) as opened:
        found = {f"/{one.name}": opened.extractfile(one).read() for one in opened if one.isfile()}  # type: ignore[union-attr]
    assert found == files


def _parents(path: str) -> list[str]:
    parts = path.strip("/").split("/")[:-1]
    return ["/".join(parts[: end + 1]) for end in range(len(parts))]


@pytest.mark.parametrize("path", ["model.onnx", "/opt/../etc/passwd", "/", ""])
def test_a_place_that_is_not_one_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="not a file's place in an image"):
        layer({path: b""})
