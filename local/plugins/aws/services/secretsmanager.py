"""Secrets Manager: secrets and what they hold."""

from __future__ import annotations

from pulumi_aws import secretsmanager

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.tagging import Tagging, from_pairs

_RECOVERY_DAYS = 30


class Secret(Kind):
    sdk, service = secretsmanager.Secret, "secretsmanager"
    carries = words("name description kmsKeyId recoveryWindowInDays tags")
    fixed = words("name")
    write_only = words("recoveryWindowInDays")
    naming = Naming("name", longest=512)
    # What `describe_secret` says of tags is in `read`.
    tagging = Tagging("tag_resource", "untag_resource", "", "SecretId")

    def create(self, op: Operation) -> str:
        made = op.client.create_secret(
            Tags=self.tagging.form(op.tags), **op.given(Name="name", Description="description", KmsKeyId="kmsKeyId")
        )
        return str(made["ARN"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        found = op.client.describe_secret(SecretId=identifier)
        if "DeletedDate" in found:
            return None
        return {
            "name": found["Name"],
            "arn": found["ARN"],
            "description": found.get("Description", ""),
            "kmsKeyId": found.get("KmsKeyId"),
            "tagsAll": from_pairs(found.get("Tags", [])),
        }

    def update(self, op: Operation, identifier: str) -> None:
        if op.changed & {"description", "kmsKeyId"}:
            op.client.update_secret(
                SecretId=identifier, Description=op.new.get("description", ""), **op.given(KmsKeyId="kmsKeyId")
            )

    def delete(self, op: Operation, identifier: str) -> None:
        days = op.last.get("recoveryWindowInDays", _RECOVERY_DAYS)
        how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        op.client.delete_secret(SecretId=identifier, **how)


class SecretVersion(Kind):
    """Its id is `secret|version`. Another text is another version, and the version before becomes AWSPREVIOUS."""

    sdk, service = secretsmanager.SecretVersion, "secretsmanager"
    carries = words("secretId secretString")
    fixed = carries
    secret = words("secretString")
    # Versions cannot be deleted: AWS forgets those without a stage when it likes.
    waits_until_gone = False

    def create(self, op: Operation) -> str:
        made = op.client.put_secret_value(SecretId=op.new["secretId"], SecretString=op.new["secretString"])
        return f"{op.new['secretId']}|{made['VersionId']}"

    def read(self, op: Operation, identifier: str) -> Properties:
        secret, _, version = identifier.rpartition("|")
        found = op.client.get_secret_value(SecretId=secret, VersionId=version)
        return {
            "secretId": secret,
            "secretString": found["SecretString"],
            "arn": found["ARN"],
            "secretArn": found["ARN"],
            "versionId": version,
            "versionStages": found["VersionStages"],
        }

    def delete(self, op: Operation, identifier: str) -> None:
        secret, _, version = identifier.rpartition("|")
        stages = op.client.describe_secret(SecretId=secret).get("VersionIdsToStages", {}).get(version, [])
        # The current one goes with the secret: AWS lets no secret be without it.
        for stage in [stage for stage in stages if stage != "AWSCURRENT"]:
            op.client.update_secret_version_stage(SecretId=secret, VersionStage=stage, RemoveFromVersionId=version)
