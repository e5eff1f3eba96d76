"""Reads what the engine wrote: its stream of events (with policies), or the digest of `pulumi preview --json`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.review.step import Action, Change, Preview, State, Step, Violation
from infra.review.urn import Urn
from infra.review.values import at, clean, differences, parsed, without_login, written

_ACTIONS = {
    "create": Action.CREATE,
    "import": Action.CREATE,
    "update": Action.UPDATE,
    "replace": Action.REPLACE,
    "import-replacement": Action.REPLACE,
    "delete": Action.DELETE,
    "discard": Action.DELETE,
    "same": Action.SAME,
}
# The two halves of a replace. The second alone is the rest of a replace that an earlier update did not finish.
_REST = "delete-replaced"
# Plugins of this repository are meant to be used; the engine warns of every plugin that it did not download.
_OWN_PLUGIN = re.compile(r"^(warning: )?using pulumi-\S+ from \$PATH at ")


class UnreadablePreviewError(Exception):
    """The file is not what the engine writes."""


def read(text: str) -> Preview:
    """A preview from either form."""
    documents = list(_documents(text))
    if len(documents) == 1 and "changeSummary" in documents[0]:
        return _of_digest(documents[0])
    if any("summaryEvent" in each or "resourcePreEvent" in each for each in documents):
        return _of_stream(documents)
    raise UnreadablePreviewError(
        f"{len(text)} characters that are no preview. Allowed: the output of `pulumi preview --json`, best with"
        " PULUMI_ENABLE_STREAMING_JSON_PREVIEW=1, without which it tells no policy results; stdout only, no stderr"
    )


def _documents(text: str) -> Iterator[dict[str, Any]]:
    decoder, place = json.JSONDecoder(), 0
    while found := re.compile(r"\S").search(text, place):
        try:
            document, place = decoder.raw_decode(text, found.start())
        except json.JSONDecodeError as error:
            raise UnreadablePreviewError(
                f"no JSON at character {error.pos}: {text[error.pos : error.pos + 40]!r}. Was the engine interrupted,"
                " or does the file hold stderr too?"
            ) from None
        if not isinstance(document, dict):
            raise UnreadablePreviewError(f"a {type(document).__name__} where the engine writes objects")
        yield document


def _of_stream(events: Sequence[Mapping[str, Any]]) -> Preview:
    planned = [event["resourcePreEvent"]["metadata"] for event in events if "resourcePreEvent" in event]
    said = [event["diagnosticEvent"] for event in events if "diagnosticEvent" in event]
    summary = next((event["summaryEvent"] for event in events if "summaryEvent" in event), {"result": "failed"})
    prelude: Mapping[str, Any] = next((event["preludeEvent"] for event in events if "preludeEvent" in event), {})
    config = prelude.get("config") or {}
    return Preview(
        steps=_steps(planned, old="old", new="new", keys="keys", diffs="diffs", kind="diffKind"),
        violations=tuple(
            sorted({_violation(event["policyEvent"]) for event in events if "policyEvent" in event}, key=str)
        ),
        errors=_said(said, "error"),
        warnings=_said(said, "warning"),
        failed=summary.get("result") != "succeeded" or bool(_said(said, "error")),
        policies_known=bool(summary.get("PolicyPacks")),
        config=config,
    )


def _of_digest(digest: Mapping[str, Any]) -> Preview:
    said = [item | {"message": _unprefixed(item)} for item in digest.get("diagnostics") or ()]
    return Preview(
        steps=_steps(
            digest.get("steps") or (),
            old="oldState",
            new="newState",
            keys="replaceReasons",
            diffs="diffReasons",
            kind="kind",
        ),
        errors=_said(said, "error"),
        warnings=_said(said, "warning"),
        failed=bool(_said(said, "error")),
        policies_known=False,
        config=digest.get("config") or {},
    )


def _unprefixed(item: Mapping[str, Any]) -> str:
    message: str = item["message"]
    return message.removeprefix(f"{item['severity']}: ")


def _said(diagnostics: Sequence[Mapping[str, Any]], severity: str) -> tuple[str, ...]:
    """Messages of one severity, each once. Debug messages are never read: the SDK writes secrets into them.

    Sorted: resources are planned in parallel, and the same change is to give the same text.
    """
    messages = (without_login(item["message"].strip()) for item in diagnostics if item["severity"] == severity)
    return tuple(sorted({message for message in messages if message and not _OWN_PLUGIN.match(message)}))


def _violation(event: Mapping[str, Any]) -> Violation:
    urn = event.get("resourceUrn")
    return Violation(
        mandatory=event.get("enforcementLevel") == "mandatory",
        policy=event["policyName"],
        urn=Urn.parse(urn) if urn else None,
        message=event["message"].strip(),
    )


def _steps(planned: Sequence[Mapping[str, Any]], **names: str) -> tuple[Step, ...]:
    replaced = {item["urn"] for item in planned if item["op"] in {"replace", "import-replacement"}}
    found: dict[tuple[Urn, Action], Step] = {}
    for item in planned:
        rest = item["op"] == _REST and item["urn"] not in replaced
        action = Action.DELETE if rest else _ACTIONS.get(item["op"])
        if action:
            step = _step(action, item, names)
            found.setdefault((step.urn, action), step)
    return tuple(sorted(found.values(), key=lambda step: (step.urn.domain, step.urn.type, step.urn, step.action)))


def _step(action: Action, item: Mapping[str, Any], names: Mapping[str, str]) -> Step:
    urn = Urn.parse(item["urn"])
    old, new = (_state(item.get(names[side]), urn) for side in ("old", "new"))
    changes = _changes(item, old, new, names) if old and new and action is not Action.SAME else ()
    return Step(action, urn, old, new, tuple(changes))


def _state(raw: Mapping[str, Any] | None, urn: Urn) -> State | None:
    if raw is None:
        return None
    inputs = raw.get("inputs") or {}
    if urn.type.startswith("kubernetes:"):
        # The engine's inputs name the kind only if the program did.
        inputs = inputs | {"kind": urn.type.rsplit(":", 1)[-1]}
    return State(
        inputs=clean(inputs),
        custom=bool(raw.get("custom")),
        protected=bool(raw.get("protect")),
        retained=bool(raw.get("retainOnDelete")),
        provider=(raw.get("provider") or "").rpartition("::")[0],
    )


def _changes(item: Mapping[str, Any], old: State, new: State, names: Mapping[str, str]) -> Iterator[Change]:
    reasons = {parsed(path) for path in item.get(names["keys"]) or ()}
    detailed = item.get("detailedDiff") or {}
    paths = {parsed(path): each[names["kind"]].endswith("replace") for path, each in detailed.items()}
    if not paths:
        paths = dict.fromkeys(differences(old.inputs, new.inputs), False)
        told = {parsed(path) for path in item.get(names["diffs"]) or ()} | reasons
        paths |= {path: False for path in told if not any(known[: len(path)] == path for known in paths)}
    seen = set()
    for path in sorted(paths, key=written):
        before, after = at(old.inputs, path), at(new.inputs, path)
        shown = min(before[0], after[0], key=len)
        because = paths[path] or any(path[: len(reason)] == reason for reason in reasons)
        if shown not in seen:
            yield Change(written(shown), at(old.inputs, shown)[1], at(new.inputs, shown)[1], because)
        seen.add(shown)
