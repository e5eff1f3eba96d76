"""The SageMaker endpoint."""

from typing import Annotated

from pydantic import Field, StringConstraints

from infra.settings.base import SettingsModel


class SagemakerSettings(SettingsModel):
    """An endpoint on instances, scaled by invocations for each instance and minute."""

    instance_type: Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
    min_instances: Annotated[int, Field(ge=1, le=100)] = 1
    max_instances: Annotated[int, Field(ge=1, le=100)] = 4
    target_invocations: Annotated[int, Field(ge=1, description="invocations of one instance in a minute")] = 1000
    capture_percent: Annotated[int, Field(ge=0, le=100, description="share of requests that is kept")] = 10
    canary_percent: Annotated[int, Field(ge=1, le=50, description="share of capacity that an update tries first")] = 20
    bake_seconds: Annotated[int, Field(ge=0, le=3600, description="how long a canary is watched")] = 300
