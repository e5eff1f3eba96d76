"""The model server: which model it serves and how much it may use."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings.base import AutoscalingSettings, ResourceSettings, SettingsModel

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class ServingSettings(SettingsModel):
    """The version is not a setting: the registry's alias owns it."""

    resources: ResourceSettings
    autoscaling: AutoscalingSettings = AutoscalingSettings()
    model_name: Name = "churn-classifier"
    model_alias: Name = "champion"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_seconds: Annotated[
        int, Field(ge=1, le=3600, description="a prediction is in the store after this time at the latest")
    ] = 60
    poll_seconds: Annotated[int, Field(ge=1, le=3600, description="how often the alias is looked up")] = 10
