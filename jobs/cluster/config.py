"""The `run` section of a config: what a Job made of it may use."""

from __future__ import annotations

from pydantic import Field

from jobs.cluster.resources import CPU, MEMORY, Resources
from jobs.config import Frozen


class Run(Frozen):
    """On Kubernetes; without effect here. CPU and memory are request and limit of each pod."""

    cpu: str | None = Field(None, pattern=rf"^({CPU.pattern})$", description="cores; default: the PodTemplate's")
    memory: str | None = Field(
        None, pattern=rf"^({MEMORY.pattern})$", description="such as 4Gi; default: the PodTemplate's"
    )
    deadline: int = Field(3600, ge=1, le=7 * 24 * 3600, description="seconds for all attempts together")
    retries: int = Field(1, ge=0, le=10, description="further attempts of a worker that fails")
    workers: int = Field(1, ge=1, le=64, description="pods at once; more than one share the candidates and folds")

    def resources(self) -> Resources | None:
        """None without a word about them."""
        return Resources(self.cpu, self.memory) if self.cpu or self.memory else None
