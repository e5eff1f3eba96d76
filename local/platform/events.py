"""Which of the engine's lines a reader wants: what came of each resource, and now and then why one takes long."""

from __future__ import annotations

import re
from collections.abc import Callable

WAITING_SECONDS = 10
# ` +  kubernetes:apps/v1:Deployment mlflow creating (73s) reason`: the engine writes one at every change of the reason.
_UNFINISHED = re.compile(
    r"^\s*\S+\s+(?P<resource>\S+ \S+) +(creat|updat|delet|replac|read|refresh|import)ing"
    r"( replacement| original)? \((?P<age>\d+)[\d.]*s\)(?P<reason>.*)$"
)


def quiet() -> Callable[[str], bool]:
    """A filter of the lines of one run: whether to show the next. It keeps when it last let one of a resource pass."""
    shown: dict[str, int] = {}

    def wanted(line: str) -> bool:
        if not line.strip() or line.lstrip().startswith("@"):
            return False
        unfinished = _UNFINISHED.match(line)
        if unfinished is None or unfinished["reason"].startswith((" error", " warning")):
            return True
        resource, age = unfinished["resource"], int(unfinished["age"])
        if age - shown.get(resource, 0) < WAITING_SECONDS:
            return False
        shown[resource] = age
        return True

    return wanted
