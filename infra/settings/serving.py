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
    cache_size: Annotated[
        int, Field(ge=0, le=100_000, description="answers each server keeps for bodies up to 4 KB; 0: none")
    ] = 0
    batch_size: Annotated[
        int, Field(ge=1, le=1024, description="rows of several requests scored together; 1: each alone")
    ] = 1
    batch_milliseconds: Annotated[
        float, Field(gt=0, le=1000, description="how long a request waits for others to be scored with")
    ] = 1.0
