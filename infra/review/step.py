"""What the engine means to do with one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from infra.review.urn import Urn

Inputs = Mapping[str, Any]


class Action(StrEnum):
    """In the order in which a reviewer wants them."""

    REPLACE = "replace"
    DELETE = "delete"
    UPDATE = "update"
    CREATE = "create"
    SAME = "same"


@dataclass(frozen=True)
class Change:
    """One property that differs; `replaces` when it is why the resource cannot be changed in place."""

    path: str
    old: Any
    new: Any
    replaces: bool = False


@dataclass(frozen=True)
class State:
    """One side of a step. Secret values are `HIDDEN`, values that only the update will tell are `UNKNOWN`."""

    inputs: Inputs = field(default_factory=dict)
    custom: bool = True
    protected: bool = False
    retained: bool = False
    provider: str = ""


@dataclass(frozen=True)
class Step:
    """One resource: what it is now, what it will be, and what makes the difference."""

    action: Action
    urn: Urn
    old: State | None = None
    new: State | None = None
    changes: tuple[Change, ...] = ()

    @property
    def state(self) -> State:
        """What is known of it: as it is now, else as it will be."""
        return self.old or self.new or State()

    @property
    def is_scaffold(self) -> bool:
        """The stack itself, a component, or a provider that is only added or stays: nothing that exists anywhere."""
        is_provider = self.urn.type.startswith("pulumi:providers:")
        return not self.state.custom or (is_provider and self.action in {Action.CREATE, Action.SAME})


@dataclass(frozen=True, order=True)
class Violation:
    """What a policy says of a resource, or of the whole stack."""

    mandatory: bool
    policy: str
    urn: Urn | None
    message: str


@dataclass(frozen=True)
class Preview:
    """Everything the engine said."""

    steps: tuple[Step, ...]
    violations: tuple[Violation, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    failed: bool = False
    policies_known: bool = True
    config: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether the stack does not exist yet."""
        return any(step.urn.type == "pulumi:pulumi:Stack" and step.action is Action.CREATE for step in self.steps)

    @property
    def resources(self) -> tuple[Step, ...]:
        """Without scaffolds."""
        return tuple(step for step in self.steps if not step.is_scaffold)
