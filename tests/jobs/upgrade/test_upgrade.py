"""Claims about an upgrade from MLflow 3.1.4, with its real databases: what is kept, and what is back when it fails."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from jobs.backup.seal import Opener, Sealer, identities, new_key
from jobs.backup.sets import Sets
from jobs.errors import MlopsError
from jobs.restore import admin
from jobs.restore.admin import Admin, opened
from jobs.restore.errors import BusyError
from jobs.tracking import schema
from jobs.tracking.configuration import Configuration
from jobs.upgrade import parts, upgrade
from jobs.upgrade.errors import UpgradeError
from jobs.upgrade.rows import compare
from jobs.upgrade.upgrade import Work, go_back
from tests.jobs.recovery import Recovery, fresh
from tests.jobs.support import mlops
from tests.jobs.upgrade.old import DUMPS, RUNS
from tests.support import postgres as postgresql
from tests.support import store as storage

OLD, NEW = "tracking:old", "tracking:new"
REVISIONS = {"mlflow": "bda7b8c39065", "mlflow_auth": "8606fa83a998"}
KEPT = ("experiments", "runs", "metrics", "latest_metrics", "params", "tags", "registered_models", "model_versions")


@dataclass
class Servers:
    """Of a platform that has none: what was done to them."""

    its: str = OLD
    done: list[str] = field(default_factory=list)

    def image(self) -> str:
        return self.its

    def stop(self) -> None:
        self.done.append("stopped")

    def start(self) -> None:
        self.done.append(f"started {self.its}")

    def use(self, image: str) -> None:
        self.its = image

    def settled(self) -> bool:
        return True


@pytest.fixture(scope="session")
def old_databases(recovery_server: postgresql.Server) -> postgresql.Server:
    """Templates with what the older MLflow left."""
    for name, dump in DUMPS.items():
        recovery_server.ask(f"CREATE DATABASE template_old_{name} OWNER {name}")
        recovery_server.ask(dump.read_text(), user=name, database=f"template_old_{name}")
    return recovery_server


@pytest.fixture
def old(
    old_databases: postgresql.Server,
    postgres_programs: Path,
    store: storage.Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Recovery:
    """A platform of that MLflow, and the environment of who upgrades it."""
    templates = {**{name: f"old_{name}" for name in DUMPS}, "studies": "studies"}
    return fresh(old_databases, store, postgres_programs, tmp_path, monkeypatch, templates)


def work_of(old: Recovery, servers: Servers, said: list[str] | None = None) -> Work:
    def bring() -> None:
        servers.its = NEW
        # A platform may bring its PostgreSQL anew.
        old.server.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mlops upgrade'"
        )

    say = print if said is None else said.append
    return Work(
        servers, Sets.at(None), Sealer([old.recipient]), Opener(identities(old.key)), bring, list, say
    )  # fmt: skip


def revisions(old: Recovery) -> dict[str, str]:
    found = {"mlflow": "alembic_version", "mlflow_auth": "alembic_version"}
    if old.ask("SELECT 1 FROM pg_tables WHERE tablename = 'alembic_version_auth'", "mlflow_auth"):
        found["mlflow_auth"] = "alembic_version_auth"
    return {name: str(old.ask(f"SELECT version_num FROM {table}", name)[0][0]) for name, table in found.items()}


def rows(old: Recovery, database: str = "mlflow") -> dict[str, tuple[Any, ...]]:
    """By columns that every version has: how many, and their digest by another way than the upgrade's."""
    columns = {
        "experiments": "experiment_id, name, artifact_location, lifecycle_stage", "runs": "run_uuid, name, status",
        "metrics": "run_uuid, key, value, step, timestamp, is_nan", "latest_metrics": "run_uuid, key, value, step",
        "params": "run_uuid, key, value", "tags": "run_uuid, key, value", "registered_models": "name, description",
        "model_versions": "name, version, source, run_id",
    }  # fmt: skip
    return {
        table: old.ask(f"SELECT count(*), sum(hashtext(({columns[table]})::text)) FROM {table}", database)[0]
        for table in KEPT
    }


def beside(old: Recovery) -> set[str]:
    """Databases that an upgrade has made and left, without their times."""
    names = old.ask("SELECT datname FROM pg_database WHERE datname ~ '^mlflow'")
    return {"".join(char for char in str(name) if not char.isdigit()) for (name,) in names} - set(DUMPS)


def heads() -> dict[str, str]:
    return {"mlflow": schema.tracking_head(), "mlflow_auth": schema.auth_head()}


def test_every_row_is_kept_under_the_new_schema_and_read_by_the_new_mlflow(
    old: Recovery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.as_master(monkeypatch, "pg_read_all_data")
    before, servers = rows(old), Servers()
    assert before["runs"][0] == RUNS
    assert revisions(old) == REVISIONS
    with pytest.raises(
        schema.SchemaError, match="the tracking database has rows, and the schema of another MLflow: bda7"
    ):
        schema.upgrade(configuration_of(old, tmp_path))
    assert revisions(old) == REVISIONS
    done = upgrade.upgrade(work_of(old, servers))
    assert {part.name for part in done.upgraded} == set(DUMPS)
    assert revisions(old) == heads()
    assert rows(old) == before
    assert done.rows > sum(count for count, _ in before.values())
    assert servers.done == ["stopped", f"started {OLD}"]
    assert beside(old) == {"mlflow_before_", "mlflow_auth_before_"}
    assert old.ask("SELECT tableowner FROM pg_tables WHERE schemaname = 'public' GROUP BY 1") == [("mlflow",)]
    again = Servers()
    assert upgrade.upgrade(work_of(old, again)).upgraded == ()
    assert again.done == []
    assert old.taken_on == []
    # What `pulumi up` runs next finds its schema.
    assert set(schema.upgrade(configuration_of(old, tmp_path)).values()) == set(heads().values())
    read_by_mlflow(old)


def configuration_of(old: Recovery, folder: Path) -> Configuration:
    for name, base in {"backend-uri": "mlflow", "auth-uri": "mlflow_auth"}.items():
        (folder / name).write_text(f"postgresql+psycopg://{base}@127.0.0.1:{old.server.port}/{base}")
    return Configuration(folder, "s3://mlflow-artifacts", folder, 5000, 9464, 10)


def read_by_mlflow(old: Recovery) -> None:
    """Its stores as the server has them, on what the older one wrote."""
    from mlflow.server.auth import sqlalchemy_store as auth
    from mlflow.store.tracking import sqlalchemy_store as tracking

    untyped: Any = tracking
    store = untyped.SqlAlchemyStore(
        f"postgresql+psycopg://mlflow@127.0.0.1:{old.server.port}/mlflow", "s3://mlflow-artifacts"
    )
    try:
        found = store.search_runs(["1"], "", 1, max_results=100)
        assert {run.data.tags["number"] for run in found} == {str(number) for number in range(RUNS - 1)}
    finally:
        store._dispose_engine()
    untyped = auth
    users = untyped.SqlAlchemyStore()
    users.init_db(f"postgresql+psycopg://mlflow_auth@127.0.0.1:{old.server.port}/mlflow_auth")
    assert users.authenticate_user("training", "of-a-test-only")
    users.engine.dispose()


def test_a_migration_that_fails_leaves_everything_as_it_was_and_the_next_run_succeeds(old: Recovery) -> None:
    # In the way of a table that a migration makes.
    old.server.ask("CREATE TABLE webhooks (mine int)", user="mlflow", database="mlflow")
    before, servers = rows(old), Servers()
    with pytest.raises(UpgradeError, match="the schema of mlflow could not be upgraded; only a copy was touched"):
        upgrade.upgrade(work_of(old, servers))
    assert (revisions(old), rows(old)) == (REVISIONS, before)
    assert servers.done == ["stopped", f"started {OLD}"]
    assert beside(old) == {"mlflow_restoring"}
    old.server.ask("DROP TABLE webhooks", user="mlflow", database="mlflow")
    upgrade.upgrade(work_of(old, servers))
    assert (revisions(old), rows(old)) == (heads(), before)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM params WHERE ctid = (SELECT min(ctid) FROM params)", "params: 12 rows before, 11 after"),
        (
            "UPDATE metrics SET value = value + 1e-9 WHERE step = 3",
            "metrics: 72 rows before, 72 after, with other values",
        ),
        (
            "ALTER TABLE registered_models DROP COLUMN description",
            "registered_models: 1 rows before, 1 after, without description",
        ),
    ],
)
def test_a_migration_that_loses_or_changes_a_row_is_not_swapped_in(
    old: Recovery, monkeypatch: pytest.MonkeyPatch, statement: str, told: str
) -> None:
    monkeypatch.setattr(parts, "migrate", lambda *_: old.ask(statement, "mlflow_restoring"))
    with pytest.raises(UpgradeError, match="the new schema of mlflow does not keep its rows") as caught:
        upgrade.upgrade(work_of(old, Servers()))
    assert caught.value.details == (told,)
    assert revisions(old) == REVISIONS


def test_rows_in_another_order_in_wider_columns_and_beside_new_ones_are_the_same(old: Recovery) -> None:
    old.ask("CREATE DATABASE wider TEMPLATE mlflow")
    for statement in (
        "UPDATE metrics SET step = step", "ALTER TABLE params ALTER value TYPE text",
        "ALTER TABLE runs ADD workspace text DEFAULT 'default'", "CREATE TABLE made (by int)",
    ):  # fmt: skip
        old.ask(statement, "wider")
    with old.server.connect(database="mlflow") as before, old.server.connect(database="wider") as after:
        compared = compare(before, after)
    assert (compared.problems, compared.changed) == ((), ())
    assert compared.rows > 72


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, old: Recovery) -> Recovery:
    """The platform with a migration that only says what it has done: for what comes before and after it."""

    def migrate(_: Admin, part: parts.Part) -> None:
        old.ask(f"UPDATE alembic_version SET version_num = '{part.wanted}'", f"{part.name}_restoring")

    monkeypatch.setattr(parts, "migrate", migrate)
    return old


def test_new_servers_that_do_not_serve_are_taken_back_with_the_databases(
    quick: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.as_master(monkeypatch, "pg_read_all_data")
    before, servers = rows(quick), Servers()
    work = replace(work_of(quick, servers), check=lambda: ["predictions: no answer"])
    with pytest.raises(UpgradeError) as caught:
        upgrade.upgrade(work)
    assert caught.value.details == ("predictions: no answer",)
    assert (revisions(quick), rows(quick)) == (REVISIONS, before)
    assert servers.done == ["stopped", f"started {OLD}", "stopped", f"started {OLD}"]
    # What was upgraded may have been written to.
    assert beside(quick) == {"mlflow_failed_", "mlflow_auth_failed_"}


def kill() -> list[str]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def killed_at(word: str) -> Callable[[str], None]:
    def say(line: str) -> None:
        if word in line:
            kill()

    return say


def between_names(work: Work) -> Work:
    """Dies when the first database has given up its name and the copy does not have it yet."""
    renamed = Admin.rename

    def once(*given: Any) -> None:
        renamed(*given)
        kill()

    dying: Any = once
    untyped: Any = Admin
    untyped.rename = dying
    return work


DEATHS: dict[str, Callable[[Work], Work]] = {
    "a copy is there": lambda work: replace(work, say=killed_at("are the set's")),
    "between two names": between_names,
    "one of two is swapped in": lambda work: replace(work, say=killed_at("mlflow: upgraded")),
    "both are": lambda work: replace(work, say=killed_at("mlflow_auth: upgraded")),
    "the new servers are there": lambda work: replace(work, check=kill),
}


def die(work: Work, how: str) -> None:
    """The upgrade in a process of its own, which is killed (SIGKILL)."""
    child = os.fork()
    if child == 0:
        try:
            upgrade.upgrade(DEATHS[how](work))
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


@pytest.mark.parametrize("how", ["between two names", "one of two is swapped in", "the new servers are there"])
def test_an_upgrade_that_was_killed_is_undone(quick: Recovery, how: str) -> None:
    before = rows(quick)
    die(work_of(quick, Servers()), how)
    # Its fork has changed nothing of this process' servers: they are told what a platform would have by then.
    servers = Servers(NEW if how == "the new servers are there" else OLD)
    assert go_back(work_of(quick, servers)) is (how != "between two names")
    assert (revisions(quick), rows(quick)) == (REVISIONS, before)
    assert servers.its == OLD
    assert go_back(work_of(quick, servers)) is False


@pytest.mark.parametrize("how", ["a copy is there", "between two names", "one of two is swapped in", "both are"])
def test_an_upgrade_that_was_killed_is_ended_by_the_next_run(quick: Recovery, how: str) -> None:
    before = rows(quick)
    die(work_of(quick, Servers()), how)
    upgrade.upgrade(work_of(quick, Servers()))
    assert (revisions(quick), rows(quick)) == (heads(), before)
    assert beside(quick) == {"mlflow_before_", "mlflow_auth_before_"}


def test_nothing_is_taken_while_somebody_may_write(old: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "QUIET_SECONDS", 0.0)
    servers = Servers()
    with (
        psycopg.connect(f"host=127.0.0.1 port={old.server.port} user=mlflow dbname=mlflow"),
        pytest.raises(UpgradeError, match="waited 0 s for sessions of MLflow's roles to end"),
    ):
        upgrade.upgrade(work_of(old, servers))
    assert servers.done == ["stopped", f"started {OLD}"]
    assert Sets.at(None).entries() == []


def test_nothing_is_begun_while_a_restore_is_at_work(old: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "PATIENCE", "20ms")
    servers = Servers()
    for begin in upgrade.upgrade, go_back:
        with opened("restore"), pytest.raises(BusyError) as refused:
            begin(work_of(old, servers))
        assert "mlops restore, pid" in str(refused.value)
    assert servers.done == []


def test_a_set_that_the_key_does_not_open_stops_it(old: Recovery) -> None:
    work = replace(work_of(old, Servers()), opener=Opener([new_key()[0]]))
    with pytest.raises(MlopsError, match="does not open with this key"):
        upgrade.upgrade(work)
    assert revisions(old) == REVISIONS
    assert beside(old) == set()


def test_a_schema_of_a_newer_mlflow_is_refused(old: Recovery) -> None:
    old.ask("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    servers = Servers()
    with pytest.raises(UpgradeError, match="the schema of mlflow is not one that this MLflow knows"):
        upgrade.upgrade(work_of(old, servers))
    assert servers.done == []


def test_without_apply_the_command_only_tells_what_is_behind(old: Recovery) -> None:
    told = mlops("tracking", "upgrade", "--json")
    assert told.code == 1
    assert [(one["name"], one["revision"], one["behind"]) for one in told.json["databases"]] == [
        ("mlflow", REVISIONS["mlflow"], True), ("mlflow_auth", REVISIONS["mlflow_auth"], True)
    ]  # fmt: skip
    assert revisions(old) == REVISIONS


def test_a_command_that_does_not_exist_and_two_directions_are_refused(old: Recovery) -> None:
    assert mlops("tracking", "upgrade", "--apply", "no-such-program up").code == 2
    assert mlops("tracking", "upgrade", "--apply", "true", "--back").code == 2
    assert revisions(old) == REVISIONS
