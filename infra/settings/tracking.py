"""The MLflow servers."""

from typing import Annotated

from pydantic import Field, StringConstraints

from infra.settings.base import AutoscalingSettings, ResourceSettings, SettingsModel

Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.*-]+(:[0-9]+)?$")]


class TrackingSettings(SettingsModel):
    """One process per pod: MLflow's handlers hold Python's lock, so replicas scale and threads do not."""

    resources: ResourceSettings
    autoscaling: AutoscalingSettings = AutoscalingSettings()
    allowed_hosts: Annotated[
        tuple[Host, ...],
        Field(description="names clients use besides the Service and the stack's own address, with port"),
    ] = ()
    database_pool_size: Annotated[
        int, Field(ge=2, le=100, description="connections for runs, as many for models; half as many requests at once")
    ] = 10

    @property
    def connections(self) -> int:
        """The most that one server opens: pools of runs and of models, one of each request to the users, two probes."""
        return 2 * self.database_pool_size + self.database_pool_size // 2 + 2
