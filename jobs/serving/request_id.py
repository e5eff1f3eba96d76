"""The id of a request: the caller's `x-request-id`, or a new one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

HEADER = b"x-request-id"
# What may stand in a header, in a key of the log and in a cell of a table; anything else gets a new id.
_ALLOWED = re.compile(rb"[A-Za-z0-9._:=+@-]{1,128}")


def request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Whoever sends a request again with its id gets one entry in the inference log, not two."""
    for name, value in headers:
        if name == HEADER and _ALLOWED.fullmatch(value):
            return value.decode("ascii")
    return os.urandom(16).hex()
