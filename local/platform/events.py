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
# ` +  kubernetes:apps/v1:Deployment mlflow created (9s) reason`: the last reason of the wait, which is over.
_FINISHED = re.compile(
    r"^\s*\S+\s+\S+ \S+ +(created|updated|deleted|replaced|read|refreshed|imported)"
    r"( replacement| original)? \([\d.]+s\)( \[diff: [^\]]*\])?(?! *(error|warning))"
)

# The engine warns of every plugin that it did not download. These are meant to be used.
_OWN_PLUGIN = re.compile(r"warning: using pulumi-\S+ from \$PATH at \S+/local/plugins/bin/")


def quiet() -> Callable[[str], str | None]:
    """A filter of the lines of one run: the text to show of the next one, or None. It keeps when it showed a wait."""
    shown: dict[str, int] = {}

    def wanted(line: str) -> str | None:
        if not line.strip() or line.lstrip().startswith("@") or _OWN_PLUGIN.search(line):
            return None
        if finished := _FINISHED.match(line):
            return finished[0]
        unfinished = _UNFINISHED.match(line)
        if unfinished is None or unfinished["reason"].startswith((" error", " warning")):
            return line
        resource, age = unfinished["resource"], int(unfinished["age"])
        if age - shown.get(resource, 0) < WAITING_SECONDS:
            return None
        shown[resource] = age
        return line

    return wanted
