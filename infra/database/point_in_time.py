"""An RDS instance that is made of the backups of another one, as that was at a time."""

import hashlib
import re

import pulumi_aws as aws

from infra.settings.rds import RestoreSettings

# RDS' own name of an instance, which is never given again: backups outlive the identifier.
RESOURCE_ID = re.compile(r"db-[A-Z0-9]{10,}")


def identifier(name: str, restore: RestoreSettings | None) -> str:
    """Of the instance: the source may still be there, and so may one that was restored before."""
    if restore is None:
        return name
    return f"{name}-{hashlib.sha256(f'{restore.source} {restore.time}'.encode()).hexdigest()[:6]}"


def arguments(restore: RestoreSettings | None) -> aws.rds.InstanceRestoreToPointInTimeArgs | None:
    """As AWS wants to be told."""
    if restore is None:
        return None
    by_id = bool(RESOURCE_ID.fullmatch(restore.source))
    latest = restore.time == "latest"
    return aws.rds.InstanceRestoreToPointInTimeArgs(
        source_dbi_resource_id=restore.source if by_id else None,
        source_db_instance_identifier=None if by_id else restore.source,
        use_latest_restorable_time=True if latest else None,
        restore_time=None if latest else restore.time,
    )
