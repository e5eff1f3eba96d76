"""Base of every settings model: frozen, camelCase in the stack file, nothing unknown accepted."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

Image = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9./_-]*(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?$")]
Cpu = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*m?$")]
Quantity = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(Mi|Gi|Ti)$")]
VolumeSize = Annotated[
    Quantity,
    Field(description="first size of a volume; afterwards its claim is patched instead"),
]


class SettingsModel(BaseModel):
    """One object of the stack file (`mlops:<domain>`)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        # A refused value is named in the message we write ourselves; pydantic must not print secrets.
        hide_input_in_errors=True,
    )


class ResourceSettings(SettingsModel):
    """What a container asks for and what it may use at most."""

    cpu: Cpu
    memory: Quantity
    cpu_limit: Cpu
    memory_limit: Quantity


class AutoscalingSettings(SettingsModel):
    """How many replicas a server has; `target_cpu` is what one replica should use on average."""

    min_replicas: Annotated[int, Field(ge=1, le=50)] = 2
    max_replicas: Annotated[int, Field(ge=1, le=50)] = 4
    target_cpu: Cpu = "500m"

    @property
    def most(self) -> int:
        """A rolling update adds one pod, also when the autoscaler has gone to its maximum."""
        return self.max_replicas + 1
