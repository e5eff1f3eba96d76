"""A line of a container's log, and whether it tells of an error. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

# Of our own servers, whose lines are JSON.
_LEVELS = {"ERROR", "CRITICAL", "FATAL"}
# Python and PostgreSQL; Envoy; Prometheus and Alertmanager; Kubernetes' own programs.
_WORDS = re.compile(
    r"\b(?:ERROR|CRITICAL|FATAL|PANIC)\b|^Traceback |\[(?:error|critical)\]|\blevel=(?:error|ERROR)\b|^[EF]\d{4} "
)


@dataclass(frozen=True, order=True)
class Line:
    """`time` is the node's, RFC 3339 with nanoseconds, so that lines of several pods can be put in order."""

    time: str
    pod: str
    text: str

    @property
    def is_error(self) -> bool:
        if self.text.startswith("{"):
            try:
                found = json.loads(self.text)
            except ValueError:
                return bool(_WORDS.search(self.text))
            if isinstance(found, dict) and "level" in found:
                return str(found["level"]).upper() in _LEVELS
        return bool(_WORDS.search(self.text))


def parsed(pod: str, text: str) -> Line:
    """A line of a log that was asked for with timestamps."""
    time, _, said = text.partition(" ")
    return Line(time, pod, said)
