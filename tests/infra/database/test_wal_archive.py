"""Claims about who keeps PostgreSQL's log."""

from __future__ import annotations

from infra.database.configuration import HBA, postgresql_conf
from tests.support.recording import Recording
from tests.support.settings import settings


def test_one_archiver_at_a_time_follows_the_log(local: Recording) -> None:
    spec = local.one("Deployment", "wal-archive-deployment").spec
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    command = spec["template"]["spec"]["containers"][0]["command"]
    assert command[:5] == ["mlops", "wal", "archive", "--every", "60"]


def test_an_archiver_that_keeps_nothing_is_started_again(local: Recording) -> None:
    container = local.one("Deployment", "wal-archive-deployment").spec["template"]["spec"]["containers"][0]
    written = container["command"][container["command"].index("--kept") + 1]
    assert written in container["livenessProbe"]["exec"]["command"][-1]


def test_it_reaches_database_store_and_pushgateway_alone(local: Recording) -> None:
    labels = local.one("Deployment", "wal-archive-deployment").spec["template"]["metadata"]["labels"]
    assert {name for name in labels if name.startswith("reach.mlops/")} == {
        "reach.mlops/postgres", "reach.mlops/store", "reach.mlops/pushgateway",
    }  # fmt: skip


def test_only_the_role_of_backups_follows_the_log_and_only_by_tls() -> None:
    lines = [line.split() for line in HBA.splitlines() if "replication" in line.split()]
    assert {(line[0], line[2], line[4]) for line in lines} == {("hostssl", "backup", "scram-sha-256")}


def test_an_archiver_that_is_away_does_not_fill_the_disk_of_the_server() -> None:
    given = settings().database
    assert given.storage == "10Gi"
    assert "max_slot_wal_keep_size = 2560MB" in postgresql_conf(given).splitlines()
