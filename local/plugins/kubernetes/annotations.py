"""What the `pulumi.com/…` annotations on an object ask of this plugin. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.plugins.errors import PluginError
from local.plugins.paths import MISSING, get

FIELD_MANAGER = "pulumi-kubernetes"
_PROPAGATION = {"foreground": "Foreground", "background": "Background", "orphan": "Orphan"}


class InvalidAnnotation(PluginError):
    """An annotation of ours has a value that is not allowed."""


@dataclass(frozen=True)
class Wishes:
    """`timeout` in seconds, 0 if not given; `propagation` empty if not given."""

    skip_await: bool = False
    timeout: int = 0
    force: bool = False
    replace_unready: bool = False
    field_manager: str = FIELD_MANAGER
    propagation: str = ""


def wishes(inputs: Mapping[str, Any]) -> Wishes:
    given = get(inputs, ("metadata", "annotations"))
    notes = given if given is not MISSING and isinstance(given, dict) else {}
    timeout = str(notes.get("pulumi.com/timeoutSeconds", "0"))
    if not timeout.isdigit():
        raise InvalidAnnotation(
            f'annotation pulumi.com/timeoutSeconds is {timeout!r}; a whole number of seconds is allowed, such as "300"'
        )
    propagation = str(notes.get("pulumi.com/deletionPropagationPolicy", ""))
    if propagation and propagation not in _PROPAGATION:
        raise InvalidAnnotation(
            f"annotation pulumi.com/deletionPropagationPolicy is {propagation!r}; "
            f"allowed are {', '.join(sorted(_PROPAGATION))}"
        )
    return Wishes(
        skip_await=_truth(notes, "pulumi.com/skipAwait"),
        timeout=int(timeout),
        force=_truth(notes, "pulumi.com/patchForce"),
        replace_unready=_truth(notes, "pulumi.com/replaceUnready"),
        field_manager=str(notes.get("pulumi.com/patchFieldManager", FIELD_MANAGER)),
        propagation=_PROPAGATION.get(propagation, ""),
    )


def _truth(notes: Mapping[str, Any], name: str) -> bool:
    value = str(notes.get(name, "false")).lower()
    if value not in ("true", "false"):
        raise InvalidAnnotation(f'annotation {name} is {value!r}; "true" and "false" are allowed')
    return value == "true"
