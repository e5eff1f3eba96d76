"""Instances, made anew or of another one's backups."""

from __future__ import annotations

from typing import Any

from pulumi_aws import rds

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.rds.tagging import TAGGING
from local.plugins.aws.shapes import to_api
from local.plugins.errors import PluginError
from local.plugins.waiting import Pending, Ready, State

# Inputs of an instance → parameters of CreateDBInstance, and of ModifyDBInstance too.
_CHANGEABLE = {
    "allocatedStorage": "AllocatedStorage",
    "autoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "backupRetentionPeriod": "BackupRetentionPeriod",
    "backupWindow": "PreferredBackupWindow",
    "caCertIdentifier": "CACertificateIdentifier",
    "copyTagsToSnapshot": "CopyTagsToSnapshot",
    "databaseInsightsMode": "DatabaseInsightsMode",
    "dbSubnetGroupName": "DBSubnetGroupName",
    "deletionProtection": "DeletionProtection",
    "engineVersion": "EngineVersion",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "instanceClass": "DBInstanceClass",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "manageMasterUserPassword": "ManageMasterUserPassword",
    "masterUserSecretKmsKeyId": "MasterUserSecretKmsKeyId",
    "maxAllocatedStorage": "MaxAllocatedStorage",
    "monitoringInterval": "MonitoringInterval",
    "monitoringRoleArn": "MonitoringRoleArn",
    "multiAz": "MultiAZ",
    "parameterGroupName": "DBParameterGroupName",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
    "performanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
    "publiclyAccessible": "PubliclyAccessible",
    "storageType": "StorageType",
    "vpcSecurityGroupIds": "VpcSecurityGroupIds",
}
_AT_CREATION = {
    "dbName": "DBName",
    "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "engine": "Engine",
    "kmsKeyId": "KmsKeyId",
    "port": "Port",
    "storageEncrypted": "StorageEncrypted",
    "username": "MasterUsername",
}
# Where an answer calls it otherwise.
_ANSWERED = {
    "iamDatabaseAuthenticationEnabled": "IAMDatabaseAuthenticationEnabled",
    "performanceInsightsEnabled": "PerformanceInsightsEnabled",
    "enabledCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
}
_OF_DELETION = words("deleteAutomatedBackups finalSnapshotIdentifier skipFinalSnapshot")
# moto takes these and answers none of them (the mode: not before it was changed once).
_UNANSWERED = words(
    "databaseInsightsMode performanceInsightsEnabled performanceInsightsKmsKeyId performanceInsightsRetentionPeriod"
)


class Instance(Kind):
    """Its id is the identifier: the resource id, which the official plugin uses, is the same for all in moto."""

    sdk, service = rds.Instance, "rds"
    carries = (
        frozenset({**_CHANGEABLE, **_AT_CREATION})
        | _OF_DELETION
        | words("identifier applyImmediately restoreToPointInTime tags")
    )
    fixed = words("identifier restoreToPointInTime") | _AT_CREATION.keys() - words("enabledCloudwatchLogsExports port")
    write_only = _OF_DELETION | _UNANSWERED | words("applyImmediately restoreToPointInTime")
    unordered = words("enabledCloudwatchLogsExports vpcSecurityGroupIds")
    volatile = words("engineVersionActual status")
    naming = Naming("identifier", longest=63, lower=True)
    tagging = TAGGING
    # AWS needs ten minutes and more, with a standby up to half an hour.
    seconds = 3600

    def create(self, op: Operation) -> str:
        names = {api: name for name, api in (_CHANGEABLE | _AT_CREATION).items()}
        wanted = op.given(**names)
        if "restoreToPointInTime" in op.new:
            return self._restore(op, wanted)
        made = op.client.create_db_instance(
            DBInstanceIdentifier=op.new["identifier"], Tags=self.tagging.form(op.tags), **wanted
        )
        return str(made["DBInstance"]["DBInstanceIdentifier"])

    def _restore(self, op: Operation, wanted: dict[str, Any]) -> str:
        """Made of another one's backups: what that call does not take is changed then, or is the other one's."""
        identifier = str(op.new["identifier"])
        call = op.client.meta.service_model.operation_model("RestoreDBInstanceToPointInTime")
        taken = {name: value for name, value in wanted.items() if name in call.input_shape.members}
        op.client.restore_db_instance_to_point_in_time(
            TargetDBInstanceIdentifier=identifier,
            Tags=self.tagging.form(op.tags),
            **to_api(op.client, "restore_db_instance_to_point_in_time", op.new["restoreToPointInTime"]),
            **taken,
        )
        op.created(identifier)
        later = {name: wanted[name] for name in _CHANGEABLE.values() if name in wanted.keys() - taken.keys()}
        op.client.modify_db_instance(DBInstanceIdentifier=identifier, ApplyImmediately=True, **later)
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
        own = {name: found.get(_ANSWERED.get(name, api)) for name, api in (_CHANGEABLE | _AT_CREATION).items()}
        endpoint = found.get("Endpoint", {})
        secret = found.get("MasterUserSecret")
        live = own | {
            "identifier": identifier,
            "arn": found["DBInstanceArn"],
            "resourceId": found["DbiResourceId"],
            "status": found["DBInstanceStatus"],
            "engineVersion": _version(op, found["EngineVersion"]),
            "engineVersionActual": found["EngineVersion"],
            "dbSubnetGroupName": found.get("DBSubnetGroup", {}).get("DBSubnetGroupName"),
            "parameterGroupName": found["DBParameterGroups"][0]["DBParameterGroupName"],
            "vpcSecurityGroupIds": [group["VpcSecurityGroupId"] for group in found["VpcSecurityGroups"]],
            "address": endpoint.get("Address"),
            "port": endpoint.get("Port"),
            "endpoint": f"{endpoint.get('Address')}:{endpoint.get('Port')}",
            "hostedZoneId": endpoint.get("HostedZoneId"),
            "availabilityZone": found.get("AvailabilityZone"),
            "manageMasterUserPassword": True if secret else None,
            "masterUserSecretKmsKeyId": secret["KmsKeyId"] if secret else None,
            "masterUserSecrets": [_secret(secret)] if secret else [],
            "replicas": found.get("ReadReplicaDBInstanceIdentifiers", []),
        }
        # What is not answered stays as the program said it (`write_only`).
        return {name: value for name, value in live.items() if value is not None or name not in _UNANSWERED}

    def _wanted(self, op: Operation, name: str) -> Any:
        """The new value; of a switch that is no longer mentioned, off. RDS has no way to take another setting back."""
        value = op.new.get(name)
        if value is None and isinstance(op.last.get(name), bool):
            return False
        if value is None:
            raise PluginError(f"{name} cannot be taken away from a database, only changed: give it a value")
        return value

    def update(self, op: Operation, identifier: str) -> None:
        wanted = {api: self._wanted(op, name) for name, api in _CHANGEABLE.items() if name in op.changed}
        if "port" in op.changed and "port" in op.new:
            wanted["DBPortNumber"] = op.new["port"]
        if "enabledCloudwatchLogsExports" in op.changed:
            new = set(op.new.get("enabledCloudwatchLogsExports", []))
            old = set(op.last.get("enabledCloudwatchLogsExports", []))
            wanted["CloudwatchLogsExportConfiguration"] = {
                "EnableLogTypes": sorted(new - old),
                "DisableLogTypes": sorted(old - new),
            }
        if wanted:
            op.client.modify_db_instance(
                DBInstanceIdentifier=identifier, ApplyImmediately=op.new.get("applyImmediately", False), **wanted
            )

    def delete(self, op: Operation, identifier: str) -> None:
        """With a last snapshot, unless the program does without; a protected instance is refused by AWS."""
        last = {"SkipFinalSnapshot": True}
        if not op.last.get("skipFinalSnapshot"):
            name = op.last.get("finalSnapshotIdentifier")
            if not name:
                raise PluginError(
                    f"{self.token} {identifier} has no finalSnapshotIdentifier: give one or set skipFinalSnapshot, "
                    "and run `pulumi up` before `pulumi destroy`"
                )
            last = {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": name}
        op.client.delete_db_instance(
            DBInstanceIdentifier=identifier, DeleteAutomatedBackups=op.last.get("deleteAutomatedBackups", True), **last
        )

    def state(self, op: Operation, live: Properties) -> State:  # noqa: ARG002  the base class fixes the signature
        if live["status"] != "available":
            return Pending(f"the instance is {live['status']}")
        if any(secret["secretStatus"] == "creating" for secret in live["masterUserSecrets"]):
            return Pending("the master's password is being made")
        return Ready()


def _version(op: Operation, actual: str) -> str:
    """`17` stays `17` while the server is a 17.x, as in the official plugin."""
    said = str(op.known.get("engineVersion", actual))
    return said if actual == said or actual.startswith(f"{said}.") else actual


def _secret(found: dict[str, Any]) -> Properties:
    return {
        "secretArn": found["SecretArn"],
        "secretStatus": found["SecretStatus"],
        "kmsKeyId": found["KmsKeyId"],
    }
