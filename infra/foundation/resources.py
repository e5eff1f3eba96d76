"""What containers ask for, as numbers that quotas are added up from."""

from dataclasses import dataclass
from typing import Protocol


class Resources(Protocol):
    """What a container asks for (scheduling) and what it may use at most; settings have this shape, too."""

    @property
    def cpu(self) -> str: ...
    @property
    def memory(self) -> str: ...
    @property
    def cpu_limit(self) -> str: ...
    @property
    def memory_limit(self) -> str: ...


@dataclass(frozen=True)
class FixedResources:
    """What no setting changes: containers that prepare something and end."""

    cpu: str
    memory: str
    cpu_limit: str
    memory_limit: str


DATABASE_ROLES = FixedResources(cpu="10m", memory="32Mi", cpu_limit="500m", memory_limit="128Mi")
STORE_FOLDERS = FixedResources(cpu="10m", memory="16Mi", cpu_limit="100m", memory_limit="64Mi")
STORE_BUCKETS = FixedResources(cpu="20m", memory="96Mi", cpu_limit="1", memory_limit="256Mi")
# For as long as a drill takes.
SCRATCH_DATABASE = FixedResources(cpu="50m", memory="256Mi", cpu_limit="2", memory_limit="1Gi")
# Importing MLflow takes most of it.
TRACKING_JOB = FixedResources(cpu="50m", memory="384Mi", cpu_limit="2", memory_limit="1Gi")
