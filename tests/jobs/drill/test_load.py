"""Claims about what is written for a drill, and about what is found missing afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.drill.journal import read
from jobs.drill.load import Amount, content
from jobs.errors import DataError
from tests.jobs.support import example, mlops

JOURNAL = "journal.jsonl"


@pytest.mark.usefixtures("tracking")
def test_the_examples_write_runs_find_all_of_them_and_tell_what_is_missing_or_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    monkeypatch.chdir(tmp_path)
    wrote = example("dr load")
    assert wrote.code == 0, wrote.err
    again = mlops("dr", "load", JOURNAL, "--runs", "5", "--megabytes", "0", "--first", "20", "--json")
    assert again.json == {"runs": 5}
    found = example("dr check")
    assert found.code == 0, found.out
    assert "25 writes were acknowledged, 0 runs and 0 files are lost" in found.out
    writes = read(tmp_path / JOURNAL)
    assert sorted(one.number for one in writes) == list(range(25))
    (large,) = (one for one in writes if one.file)
    client = MlflowClient()
    client.delete_run(writes[3].run)
    client.log_metric(writes[4].run, "m0", -1.0)
    Path(client.get_run(large.run).info.artifact_uri.removeprefix("file://"), "part.bin").unlink()
    said = mlops("dr", "check", JOURNAL, "--json")
    assert said.code == 1
    assert (said.json["lost"], said.json["filesLost"]) == (1, 1 if large.run != writes[3].run else 0)
    assert said.json["wrong"] == [f"run {writes[4].run}: not as it was written"]
    oldest = min(writes[3].time, large.time)
    assert said.json["seconds"] == pytest.approx(writes[-1].time - oldest, abs=0.01)
    client.restore_run(writes[3].run)
    client.log_metric(writes[4].run, "m0", float(writes[4].number), step=1)
    # What was acknowledged after the set may be lost, and only that.
    late = mlops("dr", "check", JOURNAL, "--until", "2020-01-01T00:00Z", "--json")
    assert (late.code, late.json["missing"], late.json["filesLost"]) == (0, [], 1)


def test_files_are_spread_over_the_runs_and_have_all_of_the_bytes() -> None:
    for runs, size in ((10, 1024), (1000, 100 * 1024 * 1024), (3, 10**8), (5, 0)):
        amount = Amount(runs, size)
        sizes = [amount.size(place) for place in range(runs)]
        assert sum(map(bool, sizes)) == amount.files
        assert size - runs <= sum(sizes) <= size
    assert len(content(3, 5000)) == len(content(4, 5000)) == 5000


def test_a_journal_that_was_cut_off_by_a_kill_has_what_was_acknowledged(tmp_path: Path) -> None:
    file = tmp_path / JOURNAL
    lines = [json.dumps({"time": 2.0 - number, "number": number, "run": f"r{number}"}) for number in range(2)]
    file.write_text(f"{lines[0]}\n{lines[1]}\n{lines[0][:9]}")
    assert [one.run for one in read(file)] == ["r1", "r0"]
    file.write_text("no journal\n")
    with pytest.raises(DataError, match="the journal cannot be read"):
        read(file)
