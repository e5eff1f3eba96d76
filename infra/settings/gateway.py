"""The gateway in front of the model servers: how much it may use and how much it lets through."""

from typing import Annotated

from pydantic import Field

from infra.settings.base import AutoscalingSettings, ResourceSettings, SettingsModel

Rate = Annotated[int, Field(ge=1, le=100_000)]


class GatewaySettings(SettingsModel):
    """Rates are of one replica: replicas do not count for each other.

    Which colour gets how much traffic is not a setting: the rollout owns it.
    """

    resources: ResourceSettings
    autoscaling: AutoscalingSettings = AutoscalingSettings()
    requests_per_second: Annotated[Rate, Field(description="of all clients together, at one replica")] = 1000
    key_requests_per_second: Annotated[Rate, Field(description="of each API key, at one replica")] = 500
    max_body_bytes: Annotated[
        int, Field(ge=1024, le=16 * 2**20, description="larger bodies are refused, here and by the model servers")
    ] = 2**20
    timeout_seconds: Annotated[
        int, Field(ge=1, le=60, description="for a body to arrive, and again for a model server to answer it")
    ] = 10
