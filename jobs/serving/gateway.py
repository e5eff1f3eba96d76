"""Where clients send rows, and the key that they need there."""

from __future__ import annotations

import os

from jobs.errors import ConfigError
from jobs.settings import Instance

URL, KEY = "MLOPS_SERVING_URL", "MLOPS_SERVING_KEY"


def address(url: str | None = None) -> tuple[str, str | None]:
    """What is given, MLOPS_SERVING_URL or the instance's servingUrl; MLOPS_SERVING_KEY or the instance's key for it.

    Raises ConfigError when no address is known.
    """
    outputs = Instance.read().outputs()
    found = url or os.environ.get(URL) or outputs.get("servingUrl")
    if not found:
        raise ConfigError("no model server is known", change=f"run `make up`, set {URL}, or give --url")
    # The instance's key is for the instance, also when `use_environment` has set it: another address may be anybody's.
    own, given = outputs.get("servingKey"), os.environ.get(KEY)
    if found == outputs.get("servingUrl"):
        return str(found), given or own
    return str(found), given if given != own else None
