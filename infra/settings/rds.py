"""PostgreSQL as a service."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings.base import SettingsModel


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
