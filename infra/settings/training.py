"""What a training job may use."""

from infra.settings.base import ResourceSettings, SettingsModel


class TrainingSettings(SettingsModel):
    """One size for every training job of the stack."""

    resources: ResourceSettings
