"""A type that no emulator has: it goes into the state only, and every creation and change says so."""
# ruff: noqa: ARG002  methods that subclasses fill

from __future__ import annotations

from local.plugins.aws.kind import Kind, Properties
from local.plugins.aws.operation import Operation
from local.plugins.aws.unsupported import TYPES


class Recorded(Kind):
    """Subclasses give `identify` and, where the program reads outputs, `computed`; the reason stands in `TYPES`."""

    waits_until_gone = False

    def identify(self, op: Operation) -> str:
        """The id the resource would have."""
        raise NotImplementedError

    def computed(self, op: Operation, identifier: str) -> Properties:
        """The outputs AWS would compute."""
        return {}

    def create(self, op: Operation) -> str:
        op.record(f"recorded only: {TYPES[self.token]}")
        return self.identify(op)

    def read(self, op: Operation, identifier: str) -> Properties | None:
        known = {**op.last, **op.new}
        if not known:
            return None
        # A property that was taken out of the program is in `last` still.
        wanted = op.new or op.last
        given = {name: wanted[name] for name in self.all_carried if name in wanted}
        tags = {"tagsAll": op.tags or op.last.get("tagsAll", {})} if self.has_tags else {}
        return {**given, **tags, **self.computed(op, identifier)}

    def update(self, op: Operation, identifier: str) -> None:
        op.record(f"the change is recorded only: {TYPES[self.token]}")

    def delete(self, op: Operation, identifier: str) -> None:
        """There is nothing to delete."""
