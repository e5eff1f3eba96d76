"""Claims about the inventory: it sees every row and object, and no order of rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.jobs.recovery import Recovery
from tests.jobs.support import example, mlops


def test_the_examples_find_no_difference_after_a_restore_and_each_one_after_a_change(
    recovery: Recovery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrote = example("dr inventory")
    assert wrote.code == 0, wrote.err
    name = recovery.take()
    recovery.lose()
    assert recovery.restore("--set", name).code == 0
    assert mlops("dr", "inventory", "after.json").code == 0
    same = example("dr compare")
    assert same.code == 0, same.out
    assert same.out.endswith("compared, 0 differ\n")
    recovery.ask("UPDATE params SET value = 'other' WHERE key = 'p1' AND run_uuid = md5('1')")
    recovery.put("1/models/m-1/artifacts/MLmodel", b"other")
    recovery.put("1/new", b"")
    assert mlops("dr", "inventory", "after.json").code == 0
    other = mlops("dr", "compare", "before.json", "after.json", "--json")
    assert other.code == 1
    assert [line.split(":")[0] for line in other.json["differences"]] == [
        "table mlflow public.params", "object mlflow-artifacts 1/models/m-1/artifacts/MLmodel",
        "object mlflow-artifacts 1/new",
    ]  # fmt: skip


def test_a_file_that_is_no_inventory_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("{}")
    said = mlops("dr", "compare", str(tmp_path / "a"), str(tmp_path / "b"))
    assert (said.code, "this is no inventory" in said.err) == (1, True)
