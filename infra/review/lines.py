"""One line of the report for one resource."""

from __future__ import annotations

from collections.abc import Sequence

from infra.review.markdown import code, shown, words
from infra.review.noise import is_noise
from infra.review.stateful import lost
from infra.review.step import Action, Change, Step

# Properties shown of one resource; the engine's own output has all.
_MOST = 12
_WORDS = {Action.REPLACE: "REPLACE", Action.DELETE: "DELETE"}


def resource(step: Step) -> str:
    """Its type and name."""
    return f"{code(step.urn.short_type)} **{code(step.urn.name)}**"


def stateful(step: Step) -> list[str]:
    """What is lost, in capitals, and why."""
    line = (
        f"- **{_WORDS[step.action]}** {resource(step)} ({words(step.urn.domain)}): LOSES {(lost(step) or '').upper()}"
    )
    if step.action is Action.DELETE and step.state.retained:
        line = f"- **FORGET** {resource(step)} ({words(step.urn.domain)}): LEAVES THE PROGRAM, IS KEPT IN THE ACCOUNT"
    if step.state.protected:
        line += " — it is protected: the update will be refused"
    return [line, *_causes(step)]


def replaced(step: Step) -> list[str]:
    """What causes it, then what else differs."""
    return [f"- {resource(step)} ({words(step.urn.domain)})", *_causes(step)]


def deleted(step: Step) -> list[str]:
    """Its name."""
    return [f"- {resource(step)} ({words(step.urn.domain)})"]


def updated(step: Step) -> list[str]:
    """What differs, without noise."""
    changes = [change for change in step.changes if not is_noise(change)]
    hidden = len(step.changes) - len(changes)
    more = f"; {hidden} of tags, annotations or image versions not shown" if hidden else ""
    return [f"- {resource(step)} ({words(step.urn.domain)}){more}", *_changes(changes)]


def noisy(step: Step) -> list[str]:
    """What differs, all of it."""
    return [f"- {resource(step)} ({words(step.urn.domain)})", *_changes(step.changes)]


def created(domain: str, steps: Sequence[Step]) -> list[str]:
    """All creates of a domain, a line for each type."""
    by_type: dict[str, list[str]] = {}
    for step in steps:
        by_type.setdefault(step.urn.short_type, []).append(step.urn.name)
    lines = [f"  - {code(kind)}: {', '.join(map(code, sorted(names)))}" for kind, names in sorted(by_type.items())]
    return [f"- **{words(domain)}** ({len(steps)})", *lines]


def _causes(step: Step) -> list[str]:
    because = [change for change in step.changes if change.replaces]
    others = [change for change in step.changes if not change.replaces and not is_noise(change)]
    lines = [f"{line} **causes the replace**" for line in _changes(because)] + _changes(others)
    if step.action is Action.REPLACE and not because:
        lines.append("  - the engine names no property as its cause: another resource's replace, or `--replace`")
    return lines


def _changes(changes: Sequence[Change]) -> list[str]:
    lines = [f"  - {code(change.path)}: {shown(change.old, change.new)}" for change in changes[:_MOST]]
    if len(changes) > _MOST:
        lines.append(f"  - … and {len(changes) - _MOST} more properties")
    return lines
