"""PostgreSQL as a service."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings.base import SettingsModel


class RestoreSettings(SettingsModel):
    """The instance is made of another one's backups. To change or to remove this is to replace the instance."""

    source: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,62}$"),
        Field(description="identifier of an instance, or db-… (its resource id), also of one that was deleted"),
    ]
    time: Annotated[
        str,
        StringConstraints(pattern=r"^(latest|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$"),
        Field(description="as it was then, in UTC (2026-11-30T02:00:00Z), or latest"),
    ]


class RdsSettings(SettingsModel):
    """One RDS instance; standby, snapshots and days of point-in-time recovery follow from `mlops:durability`."""

    instance_class: Annotated[str, StringConstraints(pattern=r"^db\.[a-z0-9-]+\.[a-z0-9]+$")]
    storage: Annotated[int, Field(ge=20, le=65536, description="GiB at first")]
    max_storage: Annotated[int, Field(ge=22, le=65536, description="GiB that it may grow to by itself")]
    version: Annotated[str, StringConstraints(pattern=r"^1[67]$", strict=True)] = "17"
    login: Annotated[
        Literal["iam", "password"],
        Field(description="how roles log in: a token of 15 minutes for each connection, or passwords of mlops:secrets"),
    ] = "iam"
    backup_days: Annotated[
        int | None, Field(ge=7, le=35, description="days of point-in-time recovery; default by mlops:durability")
    ] = None
    max_connections: Annotated[int, Field(ge=20, le=5000)] = 200
    restore: RestoreSettings | None = None
