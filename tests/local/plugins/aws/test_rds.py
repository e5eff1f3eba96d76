"""Databases through the plugin: an instance as our stacks make it, its parameters and its subnets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws import Refused, Trial

INSTANCE, PARAMETERS, SUBNETS = (
    "aws:rds/instance:Instance",
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:rds/subnetGroup:SubnetGroup",
)


@dataclass(frozen=True)
class Ground:
    """What a database stands on."""

    subnets: list[str]
    group: str
    key: str


@pytest.fixture(scope="module")
def made() -> dict[str, Ground]:
    return {}


@pytest.fixture
def ground(trial: Trial, made: dict[str, Ground]) -> Ground:
    if not made:
        ec2 = trial.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"eu-central-1{zone}")
            for number, zone in enumerate("abc")
        ]
        group = ec2.create_security_group(GroupName="database", Description="database", VpcId=vpc)["GroupId"]
        key = trial.client("kms").create_key()["KeyMetadata"]["Arn"]
        made["ground"] = Ground([one["Subnet"]["SubnetId"] for one in subnets], group, key)
    return made["ground"]


def parameters(*wanted: tuple[str, str, str]) -> dict[str, Any]:
    names = ("name", "value", "applyMethod")
    return {"family": "postgres17", "parameters": [dict(zip(names, one, strict=True)) for one in wanted]}


def instance(trial: Trial, ground: Ground, identifier: str, **other: Any) -> dict[str, Any]:
    """The inputs of an instance, with a subnet group and a parameter group of its own."""
    subnets = trial.create(SUBNETS, {"subnetIds": ground.subnets[:2]}, name=f"{identifier}-subnets")
    group = trial.create(PARAMETERS, parameters(("rds.force_ssl", "1", "pending-reboot")), name=f"{identifier}-pg")
    return {
        "identifier": identifier,
        "engine": "postgres",
        "engineVersion": "17",
        "instanceClass": "db.t4g.medium",
        "autoMinorVersionUpgrade": True,
        "parameterGroupName": group.outputs["name"],
        "caCertIdentifier": "rds-ca-rsa2048-g1",
        "applyImmediately": True,
        "storageType": "gp3",
        "allocatedStorage": 50,
        "maxAllocatedStorage": 200,
        "storageEncrypted": True,
        "kmsKeyId": ground.key,
        "dbSubnetGroupName": subnets.outputs["name"],
        "vpcSecurityGroupIds": [ground.group],
        "publiclyAccessible": False,
        "port": 5432,
        "username": "postgres",
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": ground.key,
        "iamDatabaseAuthenticationEnabled": True,
        "multiAz": False,
        "backupRetentionPeriod": 7,
        "backupWindow": "00:00-01:00",
        "maintenanceWindow": "sun:04:00-sun:05:00",
        "copyTagsToSnapshot": True,
        "deletionProtection": False,
        "deleteAutomatedBackups": True,
        "skipFinalSnapshot": True,
        "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "monitoringInterval": 60,
        "monitoringRoleArn": "arn:aws:iam::123456789012:role/monitoring",
        "databaseInsightsMode": "standard",
        "performanceInsightsEnabled": True,
        "performanceInsightsKmsKeyId": ground.key,
        "performanceInsightsRetentionPeriod": 7,
        "tags": {"Name": "database"},
        **other,
    }


def test_an_instance_comes_back_as_it_was_given_with_address_and_secret(trial: Trial, ground: Ground) -> None:
    wanted = instance(trial, ground, "round-trip")
    database = trial.create(INSTANCE, wanted)
    assert {name: database.outputs[name] for name in wanted} == wanted
    outputs = database.outputs
    assert outputs["endpoint"] == f"{outputs['address']}:5432"
    assert outputs["resourceId"].startswith("db-")
    assert (outputs["status"], outputs["engineVersionActual"][:2]) == ("available", "17")
    secret = outputs["masterUserSecrets"][0]
    assert (secret["secretStatus"], secret["kmsKeyId"]) == ("active", ground.key)
    described = trial.client("secretsmanager").describe_secret(SecretId=secret["secretArn"])
    assert described["OwningService"] == "rds"
    before = dict(outputs)
    assert trial.refresh(database)
    assert (database.inputs, database.outputs) == (wanted, before)
    trial.delete(database)


def test_an_instance_is_made_of_another_ones_backups_with_settings_of_its_own(trial: Trial, ground: Ground) -> None:
    source = trial.create(INSTANCE, instance(trial, ground, "source"))
    point = {"sourceDbInstanceIdentifier": "source", "useLatestRestorableTime": True}
    own = {"backupRetentionPeriod": 14, "instanceClass": "db.r7g.large", "maintenanceWindow": "mon:04:00-mon:05:00"}
    wanted = instance(trial, ground, "restored", restoreToPointInTime=point, **own)
    database = trial.create(INSTANCE, wanted)
    assert {name: database.outputs[name] for name in wanted} == wanted
    assert database.outputs["masterUserSecrets"]
    assert database.outputs["address"] != source.outputs["address"]
    assert trial.refresh(database)
    assert database.inputs == wanted
    for one in (source, database):
        trial.delete(one)


def test_an_instance_is_changed_in_place_where_aws_can(trial: Trial, ground: Ground) -> None:
    wanted = instance(trial, ground, "changed")
    database = trial.create(INSTANCE, wanted)
    change: dict[str, Any] = {
        "allocatedStorage": 60,
        "backupRetentionPeriod": 30,
        "deletionProtection": True,
        "enabledCloudwatchLogsExports": ["postgresql"],
        "instanceClass": "db.r7g.large",
        "multiAz": True,
        "performanceInsightsRetentionPeriod": 31,
        "tags": {"Name": "database", "durability": "kept"},
    }
    trial.update(database, wanted | change)
    assert {name: database.outputs[name] for name in change} == change
    live = trial.client("rds").describe_db_instances(DBInstanceIdentifier="changed")["DBInstances"][0]
    assert (live["MultiAZ"], live["EnabledCloudwatchLogsExports"]) == (True, ["postgresql"])
    assert trial.diff(database, wanted | change | {"username": "root"}) == (["username"], ["username"])
    trial.update(database, wanted)
    trial.delete(database)


def test_a_protected_instance_is_not_deleted(trial: Trial, ground: Ground) -> None:
    wanted = instance(trial, ground, "protected")
    database = trial.create(INSTANCE, wanted | {"deletionProtection": True})
    with pytest.raises(Refused, match="DeleteDBInstance: InvalidParameterCombination: Cannot delete protected"):
        trial.delete(database)
    trial.update(database, wanted)
    trial.delete(database)
    assert not trial.refresh(database)


def test_an_instance_leaves_its_last_snapshot_behind(trial: Trial, ground: Ground) -> None:
    last = {"skipFinalSnapshot": False, "finalSnapshotIdentifier": "kept-final", "deleteAutomatedBackups": False}
    trial.delete(trial.create(INSTANCE, instance(trial, ground, "kept", **last)))
    snapshots = trial.client("rds").describe_db_snapshots(DBSnapshotIdentifier="kept-final")["DBSnapshots"]
    assert [snapshot["DBInstanceIdentifier"] for snapshot in snapshots] == ["kept"]


def test_an_instance_without_a_name_for_its_last_snapshot_is_not_deleted(trial: Trial, ground: Ground) -> None:
    wanted = instance(trial, ground, "nameless")
    database = trial.create(INSTANCE, wanted | {"skipFinalSnapshot": False})
    with pytest.raises(Refused, match="nameless has no finalSnapshotIdentifier: give one or set skipFinalSnapshot"):
        trial.delete(database)
    trial.update(database, wanted)
    trial.delete(database)


def test_what_is_changed_by_hand_is_seen_on_refresh(trial: Trial, ground: Ground) -> None:
    wanted = instance(trial, ground, "by-hand")
    database = trial.create(INSTANCE, wanted)
    trial.client("rds").modify_db_instance(
        DBInstanceIdentifier="by-hand", BackupRetentionPeriod=1, ApplyImmediately=True
    )
    trial.refresh(database)
    assert trial.diff(database, wanted) == (["backupRetentionPeriod"], [])
    trial.delete(database)


def test_parameters_are_set_and_changed_in_place_in_any_number(trial: Trial) -> None:
    many = [(f"parameter_{number}", "1", "immediate") for number in range(45)]
    group = trial.create(PARAMETERS, parameters(*many), name="Many")
    assert group.id.startswith("many-")
    assert group.outputs["description"] == "Managed by Pulumi"
    assert len(group.outputs["parameters"]) == 45
    changed = parameters(("parameter_0", "2", "immediate"), *many[1:])
    trial.update(group, changed)
    assert group.outputs["parameters"] == changed["parameters"]
    assert trial.diff(group, changed | {"parameters": changed["parameters"][::-1]}) == ([], [])
    assert trial.diff(group, changed | {"family": "postgres18"}) == (["family"], ["family"])
    assert trial.refresh(group)
    assert group.inputs["parameters"] == changed["parameters"]
    trial.delete(group)


def test_a_parameter_that_is_not_wanted_any_more_is_only_recorded_as_such(trial: Trial) -> None:
    first, second = ("log_checkpoints", "1", "immediate"), ("log_lock_waits", "1", "immediate")
    group = trial.create(PARAMETERS, parameters(first, second))
    trial.update(group, parameters(first))
    assert trial.diff(group, parameters(first)) == ([], [])
    trial.refresh(group)
    assert trial.diff(group, parameters(first)) == ([], [])


def test_subnets_of_a_group_are_changed_in_place_and_its_databases_stay(trial: Trial, ground: Ground) -> None:
    wanted = {"description": "Without a way out", "subnetIds": ground.subnets[:2], "tags": {"a": "1"}}
    group = trial.create(SUBNETS, wanted, name="subnets")
    wider = wanted | {"subnetIds": ground.subnets, "tags": {"a": "2"}}
    assert trial.diff(group, wanted | {"subnetIds": ground.subnets[1::-1]}) == ([], [])
    trial.update(group, wider)
    assert sorted(group.outputs["subnetIds"]) == sorted(ground.subnets)
    assert group.outputs["tagsAll"] == {"a": "2"}
    assert trial.refresh(group)
    assert trial.diff(group, wider) == ([], [])
    trial.delete(group)
    assert not trial.refresh(group)
