"""What is said of a real PostgreSQL is so, what may be vacuumed is, and Prometheus hears of both."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from tests.jobs.support import example, mlops
from tests.support import postgres as postgresql

ROOM = 12


@pytest.fixture(scope="module")
def server(postgres_programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgresql.Server]:
    """Two databases of two owners, and a role that may maintain everything and read nothing."""
    data = tmp_path_factory.mktemp("database") / "postgres"
    quick = {"fsync": "off", "autovacuum": "off", "max_connections": str(ROOM + 3)}
    with postgresql.server(postgres_programs, data, settings=quick) as started:
        for role, database in (("mlflow", "mlflow"), ("optuna", "studies")):
            started.ask(f"CREATE ROLE {role} LOGIN")
            started.ask(f"CREATE DATABASE {database} OWNER {role}")
        started.ask("CREATE ROLE maintenance LOGIN IN ROLE pg_maintain, pg_monitor")
        started.ask("CREATE ROLE stranger LOGIN")
        yield started


@pytest.fixture(autouse=True)
def tables(server: postgresql.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large table with dead rows, and a small one."""
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", str(server.port))
    as_(monkeypatch, "postgres")
    with server.connect("mlflow", "mlflow") as connection:
        for statement in (
            "DROP TABLE IF EXISTS metrics, runs",
            "CREATE TABLE metrics (run text, key text, value float8, PRIMARY KEY (run, key))",
            "INSERT INTO metrics SELECT 'run-' || i, 'loss', i FROM generate_series(1, 20000) i",
            "DELETE FROM metrics WHERE value > 10000",
            "CREATE TABLE runs (id text PRIMARY KEY, name text)",
            # A session keeps what it counted for up to a second; after this it is there for others with the answer.
            "SELECT pg_stat_force_next_flush()",
        ):
            connection.execute(statement)


def as_(monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    monkeypatch.setenv("PGUSER", role)


def of(found: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (one,) = (one for one in found if one["name"] == name)
    return one


def test_the_largest_table_is_first_with_its_dead_rows() -> None:
    found = mlops("db", "sizes", "--json").json
    assert {one["name"] for one in found["databases"]} == {"mlflow", "studies"}
    assert [one["name"] for one in found["tables"]] == ["public.metrics", "public.runs"]
    metrics = of(found["tables"], "public.metrics")
    assert (metrics["dead"], metrics["vacuumed"]) == (10000, None)
    assert metrics["bytes"] > 1024 * 1024 > of(found["tables"], "public.runs")["bytes"]
    assert "public.metrics" in example("db sizes").out


def test_double_and_unused_indexes_are_told_and_those_that_keep_rows_unique_are_not(server: postgresql.Server) -> None:
    owner = {"user": "mlflow", "database": "mlflow"}
    server.ask("CREATE INDEX by_value ON metrics (value)", **owner)
    server.ask("CREATE INDEX by_value_again ON metrics (value)", **owner)
    server.ask("CREATE INDEX by_id ON runs (id)", **owner)
    server.ask("CREATE INDEX by_part ON metrics (value) WHERE value > 5", **owner)
    notes = {one["name"]: one["note"] for one in mlops("db", "indexes", "--json").json}
    assert notes == {
        "metrics_pkey": "",
        "runs_pkey": "",
        "by_value": "never used",
        "by_value_again": "the same as by_value",
        "by_id": "the same as runs_pkey",
        "by_part": "never used",
    }
    assert "by_value_again" in example("db indexes").out


def test_an_index_that_could_not_be_built_is_told(server: postgresql.Server) -> None:
    owner = {"user": "mlflow", "database": "mlflow"}
    server.ask("INSERT INTO runs VALUES ('1', 'a'), ('2', 'a')", **owner)
    with pytest.raises(Exception, match="could not create unique index"):
        server.ask("CREATE UNIQUE INDEX CONCURRENTLY by_name ON runs (name)", **owner)
    assert of(mlops("db", "indexes", "--json").json, "by_name")["note"].startswith("invalid")


def test_connections_are_counted_and_who_waits_is_told(server: postgresql.Server) -> None:
    with ExitStack() as open_ones:
        # Closed, not left: one of them still waits for its answer.
        first, second = (open_ones.enter_context(closing(server.connect("mlflow", "mlflow"))) for _ in range(2))
        first.execute("BEGIN; LOCK TABLE runs")
        second.pgconn.send_query(b"SELECT count(*) FROM runs")
        server.wait_for("SELECT 1 FROM pg_locks WHERE NOT granted")
        said = mlops("db", "connections", "--json")
        assert (said.code, said.json["used"], said.json["room"]) == (0, 2, ROOM)
        assert {(one["role"], one["state"], one["blocked"]) for one in said.json["sessions"]} == {
            ("mlflow", "idle in transaction", 0),
            ("mlflow", "active", 1),
        }
        first.execute("ROLLBACK")
    server.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'mlflow')")
    assert f"0 of {ROOM} connections" in example("db connections").out


def test_hardly_any_room_is_exit_1(server: postgresql.Server) -> None:
    with ExitStack() as open_ones:
        for _ in range(ROOM - 1):
            open_ones.enter_context(server.connect("mlflow", "mlflow"))
        assert mlops("db", "connections").code == 1
    server.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'mlflow')")


def test_a_vacuum_takes_dead_rows_away_and_brings_the_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    as_(monkeypatch, "maintenance")
    said = example("db vacuum")
    assert (said.code, "2 tables vacuumed and analyzed" in said.out, "10000 dead rows" in said.out) == (0, True, True)
    metrics = of(mlops("db", "sizes", "--json").json["tables"], "public.metrics")
    assert (metrics["dead"], metrics["rows"], metrics["vacuumed"] is None) == (0, 10000, False)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> dict[str, CollectorRegistry]:
    """What was pushed, by job."""
    got: dict[str, CollectorRegistry] = {}

    def push(_: str, job: str, registry: CollectorRegistry, *__: object, **___: object) -> None:
        got[job] = registry

    monkeypatch.setattr("prometheus_client.push_to_gateway", push)
    monkeypatch.setenv("MLOPS_PUSHGATEWAY", "http://gateway")
    return got


def test_what_is_measured_is_pushed_by_a_role_that_reads_nothing(
    server: postgresql.Server, monkeypatch: pytest.MonkeyPatch, gateway: dict[str, CollectorRegistry]
) -> None:
    as_(monkeypatch, "maintenance")
    with closing(server.connect("mlflow", "mlflow")) as other:
        other.execute("BEGIN; SELECT txid_current()")
        assert example("db measure").code == 0
        other.execute("ROLLBACK")
    value = gateway["database"].get_sample_value
    mlflow = {"database": "mlflow"}
    assert value("mlops_database_dead_rows", mlflow) == 10000
    assert value("mlops_database_rows", {"database": "studies"}) == 0
    assert (value("mlops_database_bytes", mlflow) or 0) > 1024 * 1024
    assert value("mlops_database_transaction_id_age", {"database": "template0"}) is not None
    assert (value("mlops_database_connections"), value("mlops_database_connections_limit")) == (1, ROOM)
    assert (value("mlops_database_oldest_transaction_seconds") or 0) > 0
    assert time.time() - (value("mlops_database_measured_timestamp_seconds") or 0) < 60


def test_a_look_is_told_to_people_and_machines_without_a_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLOPS_PUSHGATEWAY", raising=False)
    found = mlops("db", "measure", "--json").json
    assert (found["pushed"], found["connections"]["room"]) == (False, ROOM)
    assert of(found["databases"], "mlflow")["dead"] == 10000
    assert "10000" in mlops("db", "measure").out


def test_a_vacuum_of_everything_is_pushed_and_one_of_a_part_is_not(
    server: postgresql.Server, gateway: dict[str, CollectorRegistry]
) -> None:
    assert mlops("db", "vacuum", "--database", "mlflow").code == 0
    assert gateway == {}
    with closing(server.connect("mlflow", "mlflow")) as other:
        other.execute("BEGIN; LOCK TABLE runs")
        assert mlops("db", "vacuum").code == 1
    value = gateway["database-care"].get_sample_value
    assert (value("mlops_database_vacuum_tables"), value("mlops_database_vacuum_left_out_tables")) == (1, 1)


def test_who_maintains_reads_nothing(server: postgresql.Server) -> None:
    with pytest.raises(Exception, match="permission denied for table runs"):
        server.ask("SELECT * FROM runs", user="maintenance", database="mlflow")


def test_a_table_that_stays_locked_is_left_out_and_told(server: postgresql.Server) -> None:
    with closing(server.connect("mlflow", "mlflow")) as other:
        other.execute("BEGIN; LOCK TABLE runs")
        said = mlops("db", "vacuum", "--database", "mlflow", "--json")
        assert said.code == 1
        assert {one["table"]: one["left_out"] for one in said.json} == {
            "public.metrics": None,
            "public.runs": "somebody has it locked",
        }


def test_a_table_that_was_locked_for_a_moment_is_taken_last(server: postgresql.Server) -> None:
    with closing(server.connect("mlflow", "mlflow")) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN; LOCK TABLE metrics")
        running = pool.submit(mlops, "db", "vacuum", "--database", "mlflow", "--json")
        server.wait_for("SELECT 1 FROM pg_locks WHERE NOT granted")
        other.execute("ROLLBACK")
        said = running.result()
    assert (said.code, [one["table"] for one in said.json]) == (0, ["public.runs", "public.metrics"])


def test_sizes_and_indexes_do_not_wait_for_who_changes_the_shape_of_a_table(server: postgresql.Server) -> None:
    with closing(server.connect("mlflow", "mlflow")) as other:
        other.execute("BEGIN; ALTER TABLE runs ADD COLUMN more text")
        assert mlops("db", "sizes", "--database", "mlflow", "--json").code == 0
        assert mlops("db", "indexes", "--database", "mlflow", "--json").code == 0


def test_a_role_without_the_right_leaves_all_out_and_fails_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_(monkeypatch, "stranger")
    said = mlops("db", "vacuum", "--database", "mlflow")
    assert (said.code, said.out.count("this role may not vacuum it")) == (0, 2)


def test_a_database_that_is_not_there_is_named_with_those_that_are() -> None:
    said = mlops("db", "vacuum", "--database", "mlfow")
    assert (said.code, "given:   mlfow" in said.err, "mlflow, studies" in said.err) == (2, True, True)


def test_a_server_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    for command in ("sizes", "indexes", "connections", "vacuum", "measure"):
        said = mlops("db", command)
        assert (said.code, "cannot be reached" in said.err) == (1, True)
