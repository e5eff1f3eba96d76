"""An event that drift was found → the mail. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SOURCE = "mlops.drift"
DETAIL_TYPE = "DriftFound"
# SNS refuses longer subjects, and anything but printable ASCII in them.
SUBJECT = 100
LINES = 20
PARTS = ("prediction", "label", "performance")


class InvalidEventError(ValueError):
    """The event is not one of ours; it goes to the dead letters after Lambda's attempts."""


def read(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event's detail. Raises InvalidEventError, naming the part that is wrong."""
    for key, expected in (("source", SOURCE), ("detail-type", DETAIL_TYPE)):
        if event.get(key) != expected:
            raise InvalidEventError(f"{key} is {event.get(key)!r}; allowed: {expected!r}")
    detail = event.get("detail")
    if not isinstance(detail, Mapping):
        raise InvalidEventError(f"detail is {type(detail).__name__}; allowed: an object")
    kinds: dict[str, type | tuple[type, ...]] = {
        "platform": str, "model": str, "version": str, "current": str, "time": str, "rows": int, "moved": int,
        "threshold": (int, float), "features": list,
    }  # fmt: skip
    for key, kind in kinds.items():
        if not isinstance(detail.get(key), kind):
            raise InvalidEventError(f"detail.{key} is {detail.get(key)!r:.100}")
    for place, feature in enumerate(detail["features"]):
        if not isinstance(feature, Mapping) or not isinstance(feature.get("feature"), str):
            raise InvalidEventError(f"detail.features[{place}] names no feature")
        if not isinstance(feature.get("psi"), int | float):
            raise InvalidEventError(f"detail.features[{place}].psi is {feature.get('psi')!r:.100}")
    return detail


def subject(detail: Mapping[str, Any]) -> str:
    """One line of printable ASCII."""
    line = f"{detail['platform']}: {detail['model']}: drift in {detail['moved']} features"
    return "".join(letter if " " <= letter <= "~" else "?" for letter in line)[:SUBJECT]


def text(detail: Mapping[str, Any]) -> str:
    """What moved, by how much, and where to look."""
    features = detail["features"]
    width = max((len(one["feature"]) for one in features), default=0)
    lines = [
        f"{detail['current']} ({detail['rows']} rows) has moved away from what version {detail['version']} of",
        f"{detail['model']} was trained on: {detail['moved']} features have drifted (false alarms at most "
        f"{detail['threshold']:.1%}).",
        *(f"The {part} has drifted, too." for part in PARTS if detail.get(part)),
        "",
        *(_line(one, width) for one in features[:LINES]),
        *([f"and {detail['moved'] - LINES} more"] if detail["moved"] > LINES else []),
        "",
        f"report:  {detail.get('report') or 'was not stored'}",
        f"checked: {detail['time']}",
        "next:    retraining is queued; what it makes is promoted only if it is surely better",
    ]
    return "\n".join(lines)


def _line(feature: Mapping[str, Any], width: int) -> str:
    new = ", ".join(str(one) for one in feature.get("new") or [])
    return f"  {feature['feature']:<{width}}  {feature['psi']:.3f}" + (f"  new: {new}" if new else "")
