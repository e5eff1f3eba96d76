"""All settings of a stack: one field for each `mlops:<domain>` of its file."""

from infra.foundation.durability import Durability
from infra.settings.base import SettingsModel
from infra.settings.cluster import ClusterSettings, NamespacesSettings
from infra.settings.database import DatabaseSettings
from infra.settings.images import ImagesSettings
from infra.settings.observability import ObservabilitySettings
from infra.settings.schedules import SchedulesSettings
from infra.settings.secrets import SecretsSettings
from infra.settings.serving import ServingSettings
from infra.settings.storage import StorageSettings
from infra.settings.tracking import TrackingSettings
from infra.settings.training import TrainingSettings


class CommittedSettings(SettingsModel):
    """What makes one environment different from another, as far as a committed stack file says it."""

    durability: Durability
    namespaces: NamespacesSettings
    database: DatabaseSettings
    storage: StorageSettings
    tracking: TrackingSettings
    serving: ServingSettings
    training: TrainingSettings
    schedules: SchedulesSettings
    observability: ObservabilitySettings


class Settings(CommittedSettings):
    """All of it; on one machine `make up` adds these three."""

    cluster: ClusterSettings
    images: ImagesSettings
    secrets: SecretsSettings
