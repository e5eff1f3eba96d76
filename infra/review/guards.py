"""Guards of data that a change takes away: harmless today, and the reason why a later mistake is not stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.review.step import Action, Step

# property → its safe value
_SWITCHES = {
    "deletionProtection": True,
    "enableDeletionProtection": True,
    "forceDelete": False,
    "forceDestroy": False,
    "multiAz": True,
    "skipFinalSnapshot": False,
    "storageEncrypted": True,
}
_MORE_IS_SAFER = ("backupRetentionPeriod", "deletionWindowInDays", "retentionInDays")


def lowered(step: Step) -> Iterator[str]:
    """Every guard that is weaker afterwards, in words. Of what goes altogether, its delete is said elsewhere."""
    old, new = step.old, step.new
    if old is None or new is None or step.action is Action.DELETE:
        return
    if old.protected and not new.protected:
        yield "is no longer protected: from now on an update may delete it"
    if old.retained and not new.retained:
        yield "is no longer kept when it leaves the program"
    for name, safe in _SWITCHES.items():
        if old.inputs.get(name) is safe and new.inputs.get(name) is not safe:
            yield f"{name}: {_word(safe)} → {_word(new.inputs.get(name))}"
    for name in _MORE_IS_SAFER:
        before, after = old.inputs.get(name), new.inputs.get(name)
        if isinstance(before, int | float) and isinstance(after, int | float) and after < before:
            yield f"{name}: {before:g} → {after:g}"


def _word(value: Any) -> str:
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else "unknown"
