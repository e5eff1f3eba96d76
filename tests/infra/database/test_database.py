"""Claims about PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest

from infra.database.configuration import HBA, postgresql_conf
from infra.database.database import HERE, Database, DatabaseArgs
from infra.foundation.durability import Durability
from infra.foundation.exposure import AtNodePort
from tests.support.recording import Recording, Secret, record
from tests.support.settings import settings


def with_durability(durability: Durability) -> Recording:
    given = settings()
    args = DatabaseArgs(
        "ml-platform",
        given.images.postgres,
        given.images.jobs,
        given.database,
        given.secrets,
        durability,
        AtNodePort(30432),
    )
    return record(lambda: Database("database", args))


def test_a_client_without_tls_is_not_let_in() -> None:
    remote = {line.split()[0] for line in HBA.splitlines() if not line.startswith(("local", "#"))}
    assert remote == {"hostssl"}
    assert "trust" not in HBA


def test_the_server_speaks_tls_and_keeps_what_it_confirmed() -> None:
    lines = postgresql_conf(settings().database).splitlines()
    assert "ssl = on" in lines
    assert "password_encryption = scram-sha-256" in lines
    assert "shared_buffers = 256MB" in lines
    assert not any(line.startswith(("fsync", "synchronous_commit", "full_page_writes")) for line in lines)


def test_the_key_may_be_read_by_its_group_only(local: Recording) -> None:
    volumes = local.one("StatefulSet", "database-server").spec["template"]["spec"]["volumes"]
    secret = next(volume["secret"] for volume in volumes if volume["name"] == "certificate")
    assert secret["defaultMode"] == 0o440


def test_a_renewed_certificate_reaches_the_server_that_runs(local: Recording) -> None:
    # Under the name it had: another would be another pod.
    secret = local.one("Secret", "database-certificate")
    assert secret.object_name == "postgres-certificate"
    server = local.one("StatefulSet", "database-server")
    pod = server.spec["template"]["spec"]
    assert {"secretName": "postgres-certificate", "defaultMode": 0o440} in [one.get("secret") for one in pod["volumes"]]
    # The kubelet never changes a file that is mounted alone.
    [mount] = [one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "certificate"]
    assert "subPath" not in mount
    assert not local.waits_for(server, secret)


def test_the_server_is_stopped_fast_so_that_clients_cannot_hold_it_up(local: Recording) -> None:
    pod = local.one("StatefulSet", "database-server").spec["template"]["spec"]
    assert pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][-2:] == ["-m", "fast"]
    assert pod["terminationGracePeriodSeconds"] == 60


def test_recovery_has_ten_minutes_before_anything_kills_it(local: Recording) -> None:
    probe = local.one("StatefulSet", "database-server").spec["template"]["spec"]["containers"][0]["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == 600


def test_roles_are_made_once_the_server_is_ready(local: Recording) -> None:
    assert local.waits_for(local.one("Job", "database-roles"), local.one("StatefulSet", "database-server"))


def test_passwords_of_the_roles_come_from_files_of_a_secret(local: Recording) -> None:
    data = local.one("Secret", "database-roles-passwords").inputs["stringData"]
    assert isinstance(data, Secret)
    assert set(data.value) == {"mlflow", "mlflow_auth", "optuna", "backup", "care"}
    env = {each["name"]: each for each in roles_container(local)["env"]}
    assert env["PGSSLMODE"]["value"] == "verify-full"
    assert "valueFrom" in env["PGPASSWORD"]
    assert "MLOPS_DATABASE_LOGIN" not in env


def test_backups_log_in_as_a_role_that_only_reads(local: Recording) -> None:
    pod = local.one("CronJob", "backup-cron").spec["jobTemplate"]["spec"]["template"]["spec"]
    env = {each["name"]: each.get("value") for each in pod["containers"][0]["env"]}
    assert env["PGUSER"] == "backup"


def roles_container(recording: Recording) -> dict[str, Any]:
    container: dict[str, Any] = recording.one("Job", "database-roles").spec["template"]["spec"]["containers"][0]
    return container


@pytest.mark.parametrize(("durability", "protected"), [(Durability.DISPOSABLE, False), (Durability.KEPT, True)])
def test_durability_decides_whether_a_destroy_is_refused(durability: Durability, protected: bool) -> None:
    assert with_durability(durability).one("StatefulSet", "database-server").protect is protected


def test_the_superusers_password_is_never_logged_as_a_statement() -> None:
    script = (HERE / "start.sh").read_text()
    command = script[script.index("--single") :].split("postgres >/dev/null")[0]
    assert "-c log_min_duration_statement=-1 -c log_min_error_statement=panic" in command
