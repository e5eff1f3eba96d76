"""The id of a request: the caller's `x-request-id`, or a new one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

HEADER = b"x-request-id"
# What may stand in a header, in a key of the log and in a cell of a table; anything else gets a new id.
PATTERN = "[A-Za-z0-9._:=+@-]{1,128}"
_ALLOWED = re.compile(PATTERN.encode())


def request_id(headers: Mapping[bytes, bytes]) -> str:
    """Whoever sends a request again with its id gets one entry in the inference log, not two."""
    given = headers.get(HEADER)
    if given is not None and _ALLOWED.fullmatch(given):
        return given.decode("ascii")
    return os.urandom(16).hex()
