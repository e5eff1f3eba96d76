"""What another machine can reach, too."""

from __future__ import annotations

import os
from collections.abc import Mapping

from jobs.errors import ConfigError

# Where the jobs image has its own files (local/images/jobs.Dockerfile).
IMAGE_FOLDER = "/app/"


def check_reachable(places: Mapping[str, str | None]) -> None:
    """Places by the key of the config that names them. Raises ConfigError for one that only this machine has."""
    for key, place in places.items():
        if place and not place.startswith("s3://") and not os.path.normpath(place).startswith(IMAGE_FOLDER):
            raise ConfigError(
                "the data is on this machine, where the Job's pod cannot read it",
                given=f"{key}: {place}",
                allowed=f"s3://bucket/key, a path inside the image below {IMAGE_FOLDER}, or kind: telco",
                change="upload it (`aws s3 cp`, with the variables of `mlops env`), or use --on here",
            )
