"""What can be wrong with a set, or with what it is taken of."""

from __future__ import annotations

from jobs.errors import MlopsError

OTHER_SET = "take another set: `mlops backup list`"
# Of a set or a pack that is damaged: others may share the pack.
SOUND_SET = (
    "take another set that `mlops backup verify --set ID` calls sound; make the next one with --anew:"
    " docs/runbooks/back-up.md"
)
# Of a store that does not keep what it was given.
AGAIN = "run the same command again; when that fails, too, look at the store: docs/runbooks/store-down.md"


class BackupError(MlopsError):
    """A set could not be taken, is not what was written, or may not be restored."""
