"""The whole report of a preview, in the order in which it should be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from infra.review import lines
from infra.review.bill import bill_section
from infra.review.cost import Bill
from infra.review.guards import lowered
from infra.review.markdown import COMMENT_LIMIT, Section, block, cell, code, document, words
from infra.review.noise import only_noise
from infra.review.stateful import lost
from infra.review.step import Action, Preview, Step, Violation

_COUNTED = (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE)
_VERBS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.REPLACE: "to replace",
    Action.DELETE: "to delete",
}
_MOST_ERRORS = 3
# More creates than a reader scrolls past on the way to the rest.
_MOST_OPEN = 40
# Said by the engine after every error and every violation; adds nothing to them.
_SAID_ANYWAY = "preview failed"


def marker(stack: str) -> str:
    """What the one comment of a stack is found by."""
    return f"<!-- preview of stack {stack} -->"


def render(preview: Preview, stack: str, bill: Bill | None, *, limit: int | None = COMMENT_LIMIT) -> str:
    """Markdown. The same preview gives the same text, so that an update of the comment shows what is new."""
    steps = preview.resources
    by_action = {action: [step for step in steps if step.action is action] for action in Action}
    state = [step for step in steps if lost(step)]
    noise = [step for step in by_action[Action.UPDATE] if only_noise(step)]
    replaces, deletes, updates = (
        [step for step in by_action[action] if step not in state and step not in noise]
        for action in (Action.REPLACE, Action.DELETE, Action.UPDATE)
    )
    creates = by_action[Action.CREATE]
    mandatory = [violation for violation in preview.violations if violation.mandatory]
    advisory = [violation for violation in preview.violations if not violation.mandatory]
    sections = [
        Section("STATEFUL REPLACES AND DELETES", _each(lines.stateful, state)),
        Section(f"Policies violated: {len(mandatory)}, the update is refused", [_violation(it) for it in mandatory]),
        Section("Guards lowered", [f"- {lines.resource(step)}: {what}" for step in steps for what in lowered(step)]),
        Section("Blast radius", _blast_radius(steps)),
        Section(f"Replaces ({len(replaces)})", _each(lines.replaced, replaces)),
        Section(f"Deletes ({len(deletes)})", _each(lines.deleted, deletes)),
        Section(f"Updates ({len(updates)})", _each(lines.updated, updates)),
        *([bill_section(bill)] if steps else []),
        Section(f"Creates ({len(creates)})", _creates(creates), folded=len(creates) > _MOST_OPEN),
        Section(
            f"{_many(len(noise), 'update')} of image versions, tags and annotations only",
            _each(lines.noisy, noise),
            folded=True,
        ),
        Section(_many(len(advisory), "advisory policy result"), [_violation(it) for it in advisory], folded=True),
        Section(_many(len(preview.warnings), "warning"), [f"- {code(text)}" for text in preview.warnings], folded=True),
    ]
    top = [marker(stack), f"## Preview of {code(stack)}: {_headline(preview, by_action, state)}", "", *_notes(preview)]
    instead = f"`make preview STACK={stack}` prints all of it."
    return document(top, [section for section in sections if section.lines], limit, instead)


def _headline(preview: Preview, by_action: dict[Action, list[Step]], state: Sequence[Step]) -> str:
    if preview.failed and not any(by_action[action] for action in _COUNTED):
        return "**FAILED**"
    counts = [f"{len(by_action[action])} {_VERBS[action]}" for action in _COUNTED if by_action[action]]
    text = ", ".join(counts) or "no change"
    if state:
        text += f" — **{len(state)} OF THEM {'HOLDS' if len(state) == 1 else 'HOLD'} STATE**"
    return f"**FAILED** — {text}" if preview.failed else text


def _notes(preview: Preview) -> list[str]:
    found = []
    errors = [error for error in preview.errors if error != _SAID_ANYWAY]
    for error in errors[:_MOST_ERRORS]:
        found += [*block(error), ""]
    if len(errors) > _MOST_ERRORS:
        found += [f"… and {len(errors) - _MOST_ERRORS} more errors.", ""]
    if preview.failed:
        found += ["The engine refused this change: what stands below may not be all of it.", ""]
    if preview.is_new:
        found += ["The stack does not exist yet: everything is new.", ""]
    if not preview.policies_known:
        found += [
            "**No policies were checked**: the preview ran without `--policy-pack`, or without its event stream.",
            "",
        ]
    same = sum(1 for step in preview.resources if step.action is Action.SAME)
    components = sum(1 for step in preview.steps if not step.state.custom and step.action is Action.CREATE)
    return [
        *found,
        f"Unchanged: {_many(same, 'resource')}. New, but not listed: {_many(components, 'component')}.",
        "",
    ]


def _many(count: int, one: str) -> str:
    return f"{count} {one}{'' if count == 1 else 's'}"


def _violation(it: Violation) -> str:
    on = f" on {code(it.urn.short_type)} {code(it.urn.name)}" if it.urn else ""
    return f"- **{code(it.policy)}**{on}: {code(' — '.join(it.message.splitlines()))}"


def _blast_radius(steps: Sequence[Step]) -> list[str]:
    touched = [step for step in steps if step.action is not Action.SAME]
    if not touched:
        return []
    head = "| domain | create | update | replace | delete |"
    rows = [head, "| --- | ---: | ---: | ---: | ---: |"]
    for domain in sorted({step.urn.domain for step in touched}):
        counts = Counter(step.action for step in touched if step.urn.domain == domain)
        rows.append(f"| {cell(words(domain))} | {' | '.join(str(counts[action] or '') for action in _COUNTED)} |")
    return rows


def _creates(steps: Sequence[Step]) -> list[str]:
    domains = sorted({step.urn.domain for step in steps})
    by_domain = {domain: [step for step in steps if step.urn.domain == domain] for domain in domains}
    return list(chain.from_iterable(lines.created(domain, each) for domain, each in by_domain.items()))


def _each(line: Callable[[Step], list[str]], steps: Iterable[Step]) -> list[str]:
    return list(chain.from_iterable(line(step) for step in steps))
