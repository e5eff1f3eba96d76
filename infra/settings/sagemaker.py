"""The SageMaker endpoint."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from infra.settings.base import SettingsModel
from infra.settings.log_days import LogDays

# Families with disks of their own, m6gd and g5 among them: SageMaker refuses a key of ours for those.
_OWN_DISKS = re.compile(r"^([a-z]+[0-9]+[a-z]*d[a-z]*|g[4-6][a-z]*|p[3-9][a-z]*|trn[0-9][a-z]*)$")
# Graviton, which images built for x86-64 do not run on.
_ARM = re.compile(r"^[a-z]+[0-9]+g[a-z]*$")


def _usable(value: str) -> str:
    family = value.split(".")[1]
    if _OWN_DISKS.match(family):
        raise ValueError("a type without disks of its own, such as ml.c7i.large: the others take no encryption key")
    if _ARM.match(family):
        raise ValueError("a type with x86-64 processors, such as ml.c7i.large: images are built for those")
    return value


class SagemakerSettings(SettingsModel):
    """An endpoint on instances, scaled by invocations for each instance and minute."""

    instance_type: Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"), AfterValidator(_usable)]
    min_instances: Annotated[int, Field(ge=1, le=100)] = 1
    max_instances: Annotated[int, Field(ge=1, le=100)] = 4
    target_invocations: Annotated[int, Field(ge=1, description="invocations of one instance in a minute")] = 1000
    capture_percent: Annotated[int, Field(ge=0, le=100, description="share of requests that is kept")] = 10
    canary_percent: Annotated[int, Field(ge=1, le=50, description="share of capacity that an update tries first")] = 20
    bake_seconds: Annotated[int, Field(ge=0, le=3600, description="how long a canary is watched")] = 300
    log_days: LogDays = 30
