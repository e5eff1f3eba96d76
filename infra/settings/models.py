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


class Settings(SettingsModel):
    """What makes one environment different from another."""

    durability: Durability
    cluster: ClusterSettings
    namespaces: NamespacesSettings
    images: ImagesSettings
    secrets: SecretsSettings
    database: DatabaseSettings
    storage: StorageSettings
    tracking: TrackingSettings
    serving: ServingSettings
    training: TrainingSettings
    schedules: SchedulesSettings
    observability: ObservabilitySettings
