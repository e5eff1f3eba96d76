"""Claims about the drill of the newest set: it proves what a restore would do, and leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from jobs.backup.sets import Sets
from jobs.commands import dr
from jobs.drill.drill import drill
from jobs.drill.gauges import gauges
from jobs.restore.databases import Place
from tests.jobs.recovery import METRICS, RUNS, Recovery
from tests.jobs.support import example, mlops


def names(recovery: Recovery) -> set[str]:
    return {str(name) for (name,) in recovery.server.ask("SELECT datname FROM pg_database")}


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, float], bool]]:
    """Figures of each push, and whether those of other names stay."""
    found: list[tuple[dict[str, float], bool]] = []

    def push(job: str, registry: CollectorRegistry, *, keep: bool = False) -> bool:
        if job == "drill":
            values = {sample.name: sample.value for metric in registry.collect() for sample in metric.samples}
            found.append((values, keep))
        return True

    monkeypatch.setattr("jobs.metrics.push", push)
    return found


def test_the_example_brings_the_newest_set_back_and_leaves_the_server_as_it_was(
    recovery: Recovery, pushed: list[tuple[dict[str, float], bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_BACKUP_IDENTITY", str(recovery.key))
    recovery.take()
    name = recovery.take()
    before = names(recovery)
    # Of the store as it is now nothing is asked but the set.
    recovery.store.empty(["mlflow-artifacts"])
    said = example("dr drill")
    assert said.code == 0, said.err
    assert f"set {name} would come back" in said.out
    assert "champion: version 1, bundle" in said.out
    assert names(recovery) == before
    ((figures, keep),) = pushed
    assert not keep
    assert (figures["mlops_drill_good"], figures["mlops_drill_seconds"] > 0) == (1, True)
    assert figures["mlops_drill_rows"] > RUNS * METRICS
    assert figures["mlops_drill_timestamp_seconds"] >= figures["mlops_drill_set_timestamp_seconds"]


def test_a_set_without_the_champions_files_would_not_come_back(
    recovery: Recovery, pushed: list[tuple[dict[str, float], bool]]
) -> None:
    recovery.store.empty(["mlflow-artifacts"])
    recovery.take()
    before = names(recovery)
    said = mlops("dr", "drill", "--identity", str(recovery.key))
    assert said.code == 1
    assert "would not serve" in said.err
    assert names(recovery) == before
    # The time of the last good drill stays where it is.
    assert pushed == [({"mlops_drill_good": 0}, True)]


def test_the_wrong_key_and_a_missing_set_are_told_and_counted_as_bad(
    recovery: Recovery, pushed: list[tuple[dict[str, float], bool]], tmp_path: Path
) -> None:
    missing = mlops("dr", "drill", "--identity", str(recovery.key))
    assert (missing.code, "there is no such set" in missing.err) == (1, True)
    recovery.take()
    other = tmp_path / "other.key"
    assert mlops("backup", "key", str(other)).code == 0
    wrong = mlops("dr", "drill", "--identity", str(other))
    assert (wrong.code, "does not open with this key" in wrong.err) == (1, True)
    assert pushed == [({"mlops_drill_good": 0}, True)] * 2


def test_what_a_killed_drill_has_left_goes_with_the_next(recovery: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    from jobs.backup.seal import Opener, identities

    recovery.take()
    recovery.as_master(monkeypatch)
    left = Place("drill_mlflow", "mlflow", exists=False, rows=False).beside
    recovery.server.ask(f"CREATE DATABASE {left} OWNER mlflow")
    sets = Sets.at(None)
    drilled = drill(sets, sets.find(None, None), Opener(identities(recovery.key)), print)
    assert left not in names(recovery)
    assert set(drilled.seconds) == {"verify", "database", "champion"}
    assert drilled.age >= 0


def test_without_a_good_drill_nothing_is_said_of_the_last_one() -> None:
    assert [metric.name for metric in gauges(None).collect()] == ["mlops_drill_good"]
    assert dr.app.info.help
