"""Built images → their names by digest in a registry."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.errors import ConfigError
from jobs.images import registry

# Host, perhaps a port, and the beginning of a name, which ends with what the image's name may follow.
PREFIX = re.compile(r"[a-z0-9][a-z0-9.-]*(:\d+)?/([a-z0-9][a-z0-9._-]*/)*([a-z0-9][a-z0-9._-]*-)?")


def push_all(built: Sequence[Mapping[str, Any]], prefix: str, say: Callable[[str], None]) -> dict[str, str]:
    """Key of each image → its name by digest. Raises ConfigError, ImageError, UnreachableError."""
    if not PREFIX.fullmatch(prefix):
        raise ConfigError(
            "this does not stand before an image's name", given=prefix,
            allowed="registry/ or registry/name/ or registry/name-, in lower case",
            change="for ECR: ACCOUNT.dkr.ecr.REGION.amazonaws.com/mlops-STACK-",
        )  # fmt: skip
    return {str(one["image"]): _pushed(one, prefix, say) for one in built}


def _pushed(one: Mapping[str, Any], prefix: str, say: Callable[[str], None]) -> str:
    """A tag names what went into the image, so what is there under it is the same."""
    target = prefix + str(one["reference"]).rpartition("/")[2]
    there = registry.digest(target)
    say(f"{one['image']}: {'is there already' if there else 'pushing'}")
    return there or registry.push(Path(one["archive"]), target)
