"""Size and limits of PostgreSQL."""

from typing import Annotated

from pydantic import Field

from infra.settings.base import Quantity, ResourceSettings, SettingsModel, VolumeSize


class WalArchiveSettings(SettingsModel):
    """Who follows PostgreSQL's log. What is younger than `everySeconds` can be lost with server and archiver."""

    every_seconds: Annotated[int, Field(ge=1, le=240)] = 60
    resources: ResourceSettings


class RecoverySettings(SettingsModel):
    """A Job that makes a set of a time between two sets; its scratch holds all databases and the log of a day."""

    resources: ResourceSettings
    scratch: Quantity = "4Gi"


class DatabaseSettings(SettingsModel):
    """One PostgreSQL server."""

    storage: VolumeSize
    resources: ResourceSettings
    wal_archive: WalArchiveSettings
    recovery: RecoverySettings
    max_connections: Annotated[int, Field(ge=20, le=1000)] = 150
    shared_buffers: Quantity = "256Mi"
