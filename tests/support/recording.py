"""Builds components under Pulumi's mocks and records what they register, without engine or cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks


@dataclass(frozen=True)
class Recorded:
    """One registered resource with its inputs as the engine gets them."""

    type: str
    name: str
    inputs: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return self.type.rsplit(":", 1)[-1]

    def at(self, *path: str) -> Any:
        """The input at a path of keys; None when there is nothing."""
        value: Any = self.inputs
        for key in path:
            value = value.get(key) if value else None
        return value


@dataclass
class Recording(Mocks):
    """Everything that was registered, in order."""

    resources: list[Recorded] = field(default_factory=list)

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.resources.append(Recorded(args.typ, args.name, args.inputs))
        return f"{args.name}-id", _named(args.inputs, args.name)

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"{args.token} was called: components ask nothing while they build")

    def of_kind(self, kind: str) -> list[Recorded]:
        return [resource for resource in self.resources if resource.kind == kind]

    def only(self, kind: str, name: str | None = None) -> Recorded:
        """The one resource of that kind, or the one whose object has that name in the cluster."""
        found = [one for one in self.of_kind(kind) if name in (None, one.at("metadata", "name"))]
        assert len(found) == 1, f"{len(found)} of kind {kind} named {name}: {[one.name for one in found]}"
        return found[0]


def record(build: Callable[[], object]) -> Recording:
    """Runs `build` as a Pulumi program of project `mlops`, stack `test`."""
    recording = Recording()
    pulumi.runtime.set_mocks(recording, project="mlops", stack="test", preview=False)

    @pulumi.runtime.test
    def program() -> None:
        build()

    program()
    return recording


def _named(inputs: Mapping[str, Any], logical: str) -> dict[str, Any]:
    """Objects without a name get one from the provider: logical name and a suffix."""
    given = inputs.get("metadata")
    if not isinstance(given, Mapping):
        return dict(inputs)
    return {**inputs, "metadata": {"name": f"{logical}-0123abcd", **given}}
