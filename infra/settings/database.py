"""Size and limits of PostgreSQL."""

from typing import Annotated

from pydantic import Field

from infra.settings.base import Quantity, ResourceSettings, SettingsModel, VolumeSize


class DatabaseSettings(SettingsModel):
    """One PostgreSQL server."""

    storage: VolumeSize
    resources: ResourceSettings
    max_connections: Annotated[int, Field(ge=20, le=1000)] = 100
    shared_buffers: Quantity = "256Mi"
