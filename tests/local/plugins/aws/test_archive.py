"""Archives of a program as zip files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from local.plugins.aws.archive import zipped
from local.plugins.errors import PluginError
from local.plugins.values import File


def content(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_folder_a_file_and_a_text_come_under_their_names(tmp_path: Path) -> None:
    (tmp_path / "package/inner").mkdir(parents=True)
    (tmp_path / "package/inner/a.py").write_text("1")
    (tmp_path / "b.py").write_text("2")
    archive = File(
        "",
        True,
        members={
            "package": File("", True, path=str(tmp_path / "package")),
            "functions/b.py": File("", False, path=str(tmp_path / "b.py")),
            "c.py": File("", False, text="3"),
        },
    )
    assert content(zipped(archive)) == {"c.py": b"3", "functions/b.py": b"2", "package/inner/a.py": b"1"}


def test_equal_content_is_equal_bytes_whenever_it_was_written(tmp_path: Path) -> None:
    archive = File("", True, path=str(tmp_path))
    (tmp_path / "a.py").write_text("1")
    first = zipped(archive)
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").write_text("1")
    assert zipped(archive) == first


def test_a_zip_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    assert zipped(File("", True, path=str(tmp_path / "a.zip"))) == b"PK"


def test_an_empty_archive_is_refused() -> None:
    with pytest.raises(PluginError, match="the archive is empty"):
        zipped(File("", True))
