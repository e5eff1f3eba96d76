"""Changes that a reviewer need not read one by one: which build runs, tags, annotations, plugin versions."""

from __future__ import annotations

import re

from infra.review.step import Action, Change, Step
from infra.review.values import parsed

_IMAGES = {"image", "imageUri", "imageId"}
_REFERENCE = re.compile(r"^(?P<name>.+?)(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$")


def is_noise(change: Change) -> bool:
    """Whether one changed property is noise. What causes a replace never is."""
    path = parsed(change.path)
    if change.replaces or not path:
        return False
    if path[0] in {"tags", "tagsAll"} or path[:2] in {("metadata", "annotations"), ("metadata", "labels")}:
        return True
    # Annotations of a pod's template; its labels may be what a policy or a Service selects.
    if path[-2:-1] == ("annotations",) or path[-1] == "annotations":
        return True
    return path[-1] in _IMAGES and _same_image(change.old, change.new)


def only_noise(step: Step) -> bool:
    """Whether an update changes nothing else, or a provider only its own version."""
    if step.action is not Action.UPDATE:
        return False
    if step.urn.type.startswith("pulumi:providers:"):
        return all(change.path == "version" for change in step.changes)
    return bool(step.changes) and all(is_noise(change) for change in step.changes)


def _same_image(old: object, new: object) -> bool:
    """Whether only tag or digest differ."""
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    before, after = _REFERENCE.match(old), _REFERENCE.match(new)
    return bool(before and after and before["name"] == after["name"])
