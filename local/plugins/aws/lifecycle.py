"""The four operations of any type: calls its methods, waits, tags, and turns refusals into words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from local.plugins.aws.errors import code_of, explained, is_absent, message_of
from local.plugins.aws.kind import Kind
from local.plugins.aws.observe import settled
from local.plugins.aws.operation import Operation
from local.plugins.errors import Cancelled, InitFailed, PluginError
from local.plugins.paths import MISSING, get, parse, put
from local.plugins.waiting import NotReady, Pending, Ready, State, wait

T = TypeVar("T")
# How long a refusal of `Kind.eventual` may last; IAM says "seconds", the official plugin waits two minutes.
_EVENTUAL_SECONDS, _EVENTUAL_PAUSE = 120.0, 2.0


def create(kind: Kind, op: Operation) -> dict[str, Any]:
    """Makes the resource, waits until it is as asked for, and returns its outputs. The id is in `op.identifier`."""
    try:
        op.identifier = _eventually(kind, op, lambda: kind.create(op))
    except (ClientError, BotoCoreError, PluginError) as error:
        reason = _told(kind, op, error)
        if not op.identifier:
            raise reason from error
        raise InitFailed(_latest(kind, op), [str(reason)]) from error
    return _when_ready(kind, op)


def update(kind: Kind, op: Operation, ignored: Iterable[str]) -> dict[str, Any]:
    """Changes what differs, waits, and returns the outputs. Ignored places are sent as they are live."""
    live = read(kind, op)
    if live is None:
        raise PluginError(
            f"{kind.token} {op.identifier} does not exist any more: run `pulumi refresh`, then `pulumi up`."
        )
    for path in map(parse, ignored):
        value = get(live, path)
        if value is not MISSING and get(op.new, path[:-1]) is not MISSING:
            put(op.new, path, value)
    try:
        if kind.tagging and (live.get("tagsAll") or {}) != op.tags:
            kind.tagging.change(op.client, {**live, "id": op.identifier}, live.get("tagsAll") or {}, op.tags)
        if op.changed - {"tags", "tagsAll"}:
            _eventually(kind, op, lambda: kind.update(op, op.identifier))
    except (ClientError, BotoCoreError) as error:
        raise _told(kind, op, error) from error
    return _when_ready(kind, op)


def read(kind: Kind, op: Operation) -> dict[str, Any] | None:
    """The outputs of what is live, or None. The form is the program's where both say the same."""
    known = op.new or op.last
    try:
        live = kind.read(op, op.identifier)
        if live is None:
            return None
        if kind.tagging and kind.tagging.listing:
            live["tagsAll"] = kind.tagging.read(op.client, {**live, "id": op.identifier})
    except ClientError as error:
        if is_absent(error, kind.absent):
            return None
        raise _told(kind, op, error) from error
    except BotoCoreError as error:
        raise _told(kind, op, error) from error
    if "tagsAll" in live:
        defaults, own = op.session.settings.default_tags, known.get("tags") or {}
        live["tags"] = {
            name: text for name, text in live["tagsAll"].items() if defaults.get(name) != text or name in own
        }
    if "region" in kind.outputs:
        live["region"] = op.region
    return {"id": op.identifier, **settled(kind, known, live)}


def delete(kind: Kind, op: Operation) -> None:
    """Deletes and waits until nothing is left. Nothing to delete is success."""
    try:
        _eventually(kind, op, lambda: kind.delete(op, op.identifier))
    except ClientError as error:
        if is_absent(error, kind.absent):
            return
        raise _told(kind, op, error) from error
    except BotoCoreError as error:
        raise _told(kind, op, error) from error
    if not kind.waits_until_gone:
        return

    def gone() -> State:
        return Ready() if read(kind, op) is None else Pending(f"waiting until {op.identifier} is gone")

    try:
        wait(gone, op.timeout or kind.seconds, op.cancelled, op.talk.status)
    except NotReady as late:
        raise PluginError(f"{kind.token} {op.identifier}: {late}") from late


def _when_ready(kind: Kind, op: Operation) -> dict[str, Any]:
    latest: dict[str, Any] = {}

    def state() -> State:
        nonlocal latest
        live = read(kind, op)
        if live is None:
            return Pending(f"waiting until {op.identifier} can be read")
        latest = live
        return kind.state(op, live)

    try:
        wait(state, op.timeout or kind.seconds, op.cancelled, op.talk.status)
    except (NotReady, Cancelled, PluginError) as error:
        raise InitFailed({**op.new, **latest}, [f"{kind.token} {op.identifier}: {error}"]) from error
    return latest


def _latest(kind: Kind, op: Operation) -> dict[str, Any]:
    """What is known of a resource that exists but is not complete."""
    try:
        return read(kind, op) or dict(op.new)
    except PluginError:
        return dict(op.new)


def _eventually(kind: Kind, op: Operation, call: Callable[[], T]) -> T:
    """Calls again while AWS refuses with one of the type's eventual errors."""
    deadline = time.monotonic() + _EVENTUAL_SECONDS
    while True:
        try:
            return call()
        except ClientError as error:
            passing = next((e for e in kind.eventual if e.code == code_of(error) and e.text in message_of(error)), None)
            if passing is None or time.monotonic() > deadline:
                raise
            op.talk.status(f"waiting: {passing.why}")
            if op.cancelled.wait(_EVENTUAL_PAUSE):
                raise Cancelled(f"cancelled while waiting: {passing.why}") from error


def _told(kind: Kind, op: Operation, error: Exception) -> PluginError:
    if isinstance(error, ClientError | BotoCoreError):
        return explained(error, f"{kind.token} {op.identifier}".rstrip())
    return error if isinstance(error, PluginError) else PluginError(str(error))
