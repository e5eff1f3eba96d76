"""Claims about PostgreSQL on RDS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from infra.database.alarms import RUNBOOK, alarms
from infra.database.configuration import postgresql_conf
from infra.database.parameters import parameters
from infra.database.rds import RdsDatabase, RdsDatabaseArgs
from infra.foundation.durability import Durability
from infra.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from infra.settings.rds import RdsSettings
from tests.repository.documents import ROOT
from tests.support.cloud import DISPOSABLE, KEPT, LOG_KEY, TOPICS
from tests.support.recording import Recorded, Recording, record
from tests.support.settings import settings as local_settings

KEY = "arn:aws:kms:eu-central-1:111122223333:key/database"
CLOUDS = {each.durability: each for each in (DISPOSABLE, KEPT)}
SECRET = "arn:aws:secretsmanager:::secret:master"


def settings(**more: object) -> RdsSettings:
    return RdsSettings.model_validate({"instanceClass": "db.t4g.medium", "storage": 50, "maxStorage": 200, **more})


def build(durability: Durability, **more: object) -> RdsDatabase:
    args = RdsDatabaseArgs(CLOUDS[durability], settings(**more), ["subnet-1", "subnet-2"], "sg-1", KEY, LOG_KEY, TOPICS)
    return RdsDatabase("database", args)


def of(durability: Durability, **more: object) -> Recording:
    return record(lambda: build(durability, **more))


def granted() -> None:
    database = build(Durability.KEPT)
    identity = WorkloadIdentityArgs(KEPT, "cluster", "ml-platform", "mlflow")
    database.grant_connect(WorkloadIdentity("tracking", identity), "mlflow")
    database.grant_master(WorkloadIdentity("backup", identity))


@pytest.fixture(scope="module")
def kept() -> Recording:
    return record(granted)


@pytest.fixture(scope="module")
def disposable() -> Recording:
    return of(Durability.DISPOSABLE)


def instance(recording: Recording) -> Recorded:
    return recording.one("Instance", "database-instance")


def statements(recording: Recording, name: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(recording.one("RolePolicy", name).inputs["policy"])["Statement"]
    return made


def parameter(recording: Recording, name: str) -> str:
    (group,) = recording.of_kind("ParameterGroup")
    (value,) = [each["value"] for each in group.inputs["parameters"] if each["name"] == name]
    return str(value)


def test_only_private_subnets_and_one_security_group_reach_it(kept: Recording) -> None:
    inputs = instance(kept).inputs
    assert (inputs["publiclyAccessible"], inputs["vpcSecurityGroupIds"]) == (False, ["sg-1"])
    (group,) = kept.of_kind("SubnetGroup")
    assert group.inputs["subnetIds"] == ["subnet-1", "subnet-2"]


def test_no_connection_is_without_tls(kept: Recording) -> None:
    assert parameter(kept, "rds.force_ssl") == "1"
    assert parameter(kept, "ssl_min_protocol_version") == "TLSv1.2"


def test_everything_it_stores_is_encrypted_with_our_keys(kept: Recording) -> None:
    inputs = instance(kept).inputs
    assert inputs["storageEncrypted"] is True
    for key in ("kmsKeyId", "masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId"):
        assert inputs[key] == KEY, key
    assert {log.inputs["kmsKeyId"] for log in kept.of_kind("LogGroup")} == {LOG_KEY}


def test_the_masters_password_is_known_to_rds_alone(kept: Recording) -> None:
    inputs = instance(kept).inputs
    assert inputs["manageMasterUserPassword"] is True
    assert not {"password", "passwordWo"} & set(inputs)


def test_kept_data_has_a_standby_thirty_days_and_a_last_snapshot(kept: Recording) -> None:
    made = instance(kept)
    assert made.protect
    assert made.retained
    expected = {
        "multiAz": True,
        "deletionProtection": True,
        "backupRetentionPeriod": 30,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "mlops-prod-database-final",
        "deleteAutomatedBackups": False,
        "copyTagsToSnapshot": True,
        "applyImmediately": False,
    }
    assert {key: made.inputs.get(key) for key in expected} == expected


def test_disposable_data_goes_without_a_trace_but_is_backed_up_for_a_week(disposable: Recording) -> None:
    made = instance(disposable)
    assert not made.protect
    assert not made.retained
    assert "finalSnapshotIdentifier" not in made.inputs
    expected = {
        "multiAz": False,
        "deletionProtection": False,
        "backupRetentionPeriod": 7,
        "skipFinalSnapshot": True,
        "deleteAutomatedBackups": True,
    }
    assert {key: made.inputs[key] for key in expected} == expected


RESTORE = {"source": "mlops-dev-database", "time": "2026-11-30T02:00:00Z"}


def test_it_is_made_as_another_one_was_at_a_time() -> None:
    inputs = instance(of(Durability.DISPOSABLE, restore=RESTORE)).inputs
    assert inputs["restoreToPointInTime"] == {
        "sourceDbInstanceIdentifier": "mlops-dev-database", "restoreTime": "2026-11-30T02:00:00Z",
    }  # fmt: skip
    assert "restoreToPointInTime" not in instance(of(Durability.DISPOSABLE)).inputs


def test_an_instance_that_was_deleted_is_found_by_what_rds_calls_it() -> None:
    inputs = instance(of(Durability.DISPOSABLE, restore={"source": "db-ABCDEFGHIJ0123", "time": "latest"})).inputs
    assert inputs["restoreToPointInTime"] == {
        "sourceDbiResourceId": "db-ABCDEFGHIJ0123",
        "useLatestRestorableTime": True,
    }


def test_what_is_restored_stands_beside_its_source_and_beside_one_that_was_restored_before() -> None:
    def name(**more: object) -> str:
        recording = of(Durability.DISPOSABLE, **more)
        found = str(instance(recording).inputs["identifier"])
        assert {log.inputs["name"].split("/")[4] for log in recording.of_kind("LogGroup")} == {found}
        return found

    first = name(restore=RESTORE)
    again = name(restore={"source": first, "time": "latest"})
    names = {name(), first, again, name(restore={"source": again, "time": "latest"})}
    assert len(names) == 4
    assert all(len(one) <= 63 and one.startswith("mlops-dev-database") for one in names)


@pytest.mark.parametrize("time", ["yesterday", "2026-11-30 02:00:00", "2026-11-30T02:00:00+01:00"])
def test_a_time_is_utc_or_the_latest(time: str) -> None:
    with pytest.raises(ValidationError, match=r"restore\.time"):
        settings(restore=RESTORE | {"time": time})


def test_days_of_backup_can_be_set() -> None:
    assert instance(of(Durability.DISPOSABLE, backupDays=14)).inputs["backupRetentionPeriod"] == 14


def test_maintenance_does_not_meet_the_backup(kept: Recording) -> None:
    inputs = instance(kept).inputs
    begins, ends = inputs["backupWindow"].split("-")
    maintenance = inputs["maintenanceWindow"].split("-")
    assert maintenance[0][:3] == maintenance[1][:3]
    assert begins < ends < maintenance[0][4:] < maintenance[1][4:]


@pytest.mark.parametrize(("login", "token"), [("iam", True), ("password", False)])
def test_tokens_are_accepted_when_roles_log_in_with_them(login: str, token: bool) -> None:
    assert instance(of(Durability.DISPOSABLE, login=login)).inputs["iamDatabaseAuthenticationEnabled"] is token


def test_a_token_is_for_one_role_of_one_instance(kept: Recording) -> None:
    (statement,) = statements(kept, "tracking-database-mlflow")
    assert (statement["Action"], statement["Resource"]) == (
        ["rds-db:connect"],
        ["arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-RESOURCE/mlflow"],
    )


def test_no_token_can_be_granted_where_passwords_are_used() -> None:
    def program() -> None:
        database = build(Durability.DISPOSABLE, login="password")
        args = WorkloadIdentityArgs(DISPOSABLE, "cluster", "ml-platform", "mlflow")
        with pytest.raises(ValueError, match="nobody logs in as mlflow with a token"):
            database.grant_connect(WorkloadIdentity("tracking", args), "mlflow")

    record(program)


def test_who_may_read_the_masters_password_reads_one_secret_and_decrypts_no_other(kept: Recording) -> None:
    read, decrypt = statements(kept, "backup-database-master")
    assert read["Resource"] == [SECRET]
    assert (decrypt["Resource"], decrypt["Action"]) == ([KEY], ["kms:Decrypt"])
    assert decrypt["Condition"]["StringEquals"] == {
        "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com",
        "kms:EncryptionContext:SecretARN": SECRET,
    }


def test_its_logs_are_there_first_so_that_they_end(kept: Recording) -> None:
    groups = {log.inputs["name"]: log.inputs["retentionInDays"] for log in kept.of_kind("LogGroup")}
    assert groups == {f"/aws/rds/instance/mlops-prod-database/{log}": 30 for log in ("postgresql", "upgrade")}
    assert instance(kept).inputs["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    for log in kept.of_kind("LogGroup"):
        assert kept.waits_for(instance(kept), log)


def test_monitoring_writes_one_log_for_this_instance_only(kept: Recording) -> None:
    (trusted,) = json.loads(kept.one("Role", "database-monitoring").inputs["assumeRolePolicy"])["Statement"]
    assert trusted["Condition"]["StringEquals"]["aws:SourceArn"] == (
        "arn:aws:rds:eu-central-1:111122223333:db:mlops-prod-database"
    )
    reached = {one for each in statements(kept, "database-monitoring") for one in each["Resource"]}
    assert all(one.startswith("arn:aws:logs:eu-central-1:111122223333:log-group:RDSOSMetrics") for one in reached)


def test_every_alarm_tells_its_severity_when_it_begins_and_ends(kept: Recording) -> None:
    made = {one.name: one.inputs for one in kept.of_kind("MetricAlarm")}
    table = alarms(settings())
    assert set(made) == {f"database-{alarm.name}" for alarm in table}
    for alarm in table:
        inputs = made[f"database-{alarm.name}"]
        assert inputs["alarmActions"] == inputs["okActions"] == [TOPICS[alarm.severity]], alarm.name
        assert inputs["dimensions"] == {"DBInstanceIdentifier": "mlops-prod-database"}


def test_only_a_silent_database_is_an_alarm_without_data(kept: Recording) -> None:
    silent = {one.name for one in kept.of_kind("MetricAlarm") if one.inputs["treatMissingData"] == "breaching"}
    assert silent == {"database-silent"}


def test_thresholds_follow_from_settings(kept: Recording) -> None:
    made = {one.name: one.inputs["threshold"] for one in kept.of_kind("MetricAlarm")}
    assert made["database-connections"] == 160
    assert made["database-storage"] == 2.5 * 2**30
    assert made["database-memory"] == pytest.approx(0.2 * 2**30, abs=1)


def test_only_classes_with_credits_have_an_alarm_for_them() -> None:
    assert "database-cpu-burst" not in of(Durability.DISPOSABLE, instanceClass="db.m7g.large").names("MetricAlarm")
    assert "database-cpu-burst" in of(Durability.DISPOSABLE).names("MetricAlarm")


@pytest.mark.parametrize("alarm", alarms(settings()), ids=lambda alarm: alarm.name)
def test_every_alarm_has_its_part_of_the_runbook(alarm: Any) -> None:
    assert f"\n### {alarm.name}\n" in (ROOT / RUNBOOK).read_text()


def test_what_both_servers_can_be_told_they_are_told_alike() -> None:
    lines = postgresql_conf(local_settings().database).splitlines()
    local = dict(line.split(" = ") for line in lines)
    rds = parameters(settings())
    same = {"password_encryption", "idle_in_transaction_session_timeout", "log_checkpoints", "log_lock_waits"}
    plain = {"on": "1", "10min": "600000", "1s": "1000"}
    for name in same | {"log_min_duration_statement"}:
        assert plain.get(local[name], local[name]) == rds[name], name


def test_everything_that_can_be_is_tagged(kept: Recording) -> None:
    for one in kept.of_kind("Instance", "ParameterGroup", "SubnetGroup", "LogGroup", "MetricAlarm"):
        assert one.inputs["tags"]["owner"] == "ml", one.name
