"""CPU and memory of one pod; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jobs.errors import ConfigError

# What people write: 500m, 2, 1.5; 512Mi, 4Gi. Kubernetes' other suffixes are refused, `m` of memory above all.
CPU = re.compile(r"\d+m|\d+(\.\d{1,3})?")
MEMORY = re.compile(r"\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)?")


@dataclass(frozen=True)
class Resources:
    """Request and limit alike, so that a pod gets what was said and not more. None: the PodTemplate's."""

    cpu: str | None = None
    memory: str | None = None

    def __post_init__(self) -> None:
        for key, given, pattern, allowed in (
            ("cpu", self.cpu, CPU, "cores, such as 2, 1.5 or 500m"),
            ("memory", self.memory, MEMORY, "bytes, such as 512Mi or 4Gi"),
        ):
            if given is not None and not (pattern.fullmatch(given) and re.search("[1-9]", given)):
                raise ConfigError(f"not an amount of {key}", given=given, allowed=allowed)

    def changed(self, to: Resources | None) -> Resources:
        """With the parts that `to` has."""
        return Resources((to and to.cpu) or self.cpu, (to and to.memory) or self.memory)

    def amounts(self) -> dict[str, str]:
        """Only what is said."""
        return {key: value for key, value in (("cpu", self.cpu), ("memory", self.memory)) if value}
