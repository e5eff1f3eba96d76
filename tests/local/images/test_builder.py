"""What the builder makes of buildah's answers; real builds are in `test_build.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.errors import LocalError
from local.images.builder import Builder

BUSY = "STEP 2/2: RUN true\nClose_Fd sealing memfd copy: Device or resource busy\nsubprocess exited with status 1"


def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *answers: str) -> tuple[Builder, Path]:
    """A builder whose buildah gives one answer per call, failing unless it is `built`; and the file of its calls."""
    root, calls = tmp_path / "root", tmp_path / "calls"
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/buildah").touch()
    for number, answer in enumerate(answers, 1):
        (tmp_path / f"answer{number}").write_text(answer)
    asked = tmp_path / "bin" / "setpriv"
    asked.parent.mkdir()
    asked.write_text(
        f"#!/bin/sh\necho call >>{calls}\nanswer={tmp_path}/answer$(wc -l <{calls})\n"
        "cat $answer\ngrep -qx built $answer\n"
    )
    asked.chmod(0o755)
    monkeypatch.setattr("local.images.builder._UNSHARE", (str(asked),))
    return Builder(root, tmp_path / "images", {}), calls


def count(calls: Path) -> int:
    return len(calls.read_text().splitlines())


def test_a_refused_seal_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built, calls = builder(tmp_path, monkeypatch, BUSY, BUSY, "built")
    built.build("mlops.local/trial:1", tmp_path, {}, {})
    assert count(calls) == 3


def test_a_seal_refused_again_and_again_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, calls = builder(tmp_path, monkeypatch, BUSY, BUSY, BUSY, "built")
    with pytest.raises(LocalError, match=r"(?s)image mlops\.local/trial:1 failed.*sealing memfd copy"):
        busy.build("mlops.local/trial:1", tmp_path, {}, {})
    assert count(calls) == 3


def test_no_other_failure_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, calls = builder(tmp_path, monkeypatch, "the reason", "built")
    with pytest.raises(LocalError, match="the reason"):
        broken.build("mlops.local/trial:1", tmp_path, {}, {})
    assert count(calls) == 1
