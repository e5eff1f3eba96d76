"""A resource type of the plugin: what it carries and how its four operations call AWS. Subclasses are the types."""
# ruff: noqa: ARG002  methods that subclasses fill

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.schema import Fields, inputs_of, outputs_of, token_of
from local.plugins.aws.tagging import Tagging
from local.plugins.errors import PluginError
from local.plugins.waiting import Ready, State

Properties = dict[str, Any]


def words(text: str) -> frozenset[str]:
    """Property names, given in one line."""
    return frozenset(text.split())


@dataclass(frozen=True)
class Eventual:
    """A refusal that passes by itself (eventual consistency): its code, a part of its message, and why it passes."""

    code: str
    text: str
    why: str


class Kind:
    """One resource type. A subclass states the facts and writes `create`, `read`, `update` and `delete`."""

    sdk: ClassVar[type]
    """The SDK's resource class: gives the token, the inputs with their types, and the outputs."""
    service: ClassVar[str]
    """The boto3 client's name."""
    carries: ClassVar[frozenset[str]]
    """The inputs that the type honours; any other is refused. `region` is added where the SDK has it."""
    fixed: ClassVar[frozenset[str]] = frozenset()
    """Inputs that only a replacement changes; dotted (`vpcConfig.subnetIds`, `rules[*].name`) for a part of one."""
    write_only: ClassVar[frozenset[str]] = frozenset()
    """Inputs that `read` cannot give back."""
    unordered: ClassVar[frozenset[str]] = frozenset()
    """Lists whose order means nothing."""
    volatile: ClassVar[frozenset[str]] = frozenset()
    """Outputs that an update may change: unknown in its preview."""
    secret: ClassVar[frozenset[str]] = frozenset()
    """Properties that are secret whether or not the program says so."""
    naming: ClassVar[Naming | None] = None
    tagging: ClassVar[Tagging | None] = None
    absent: ClassVar[frozenset[str]] = frozenset()
    """Error codes that mean "there is none", beside the usual ones of `errors.is_absent`."""
    eventual: ClassVar[tuple[Eventual, ...]] = ()
    delete_first: ClassVar[bool] = False
    """Whether a replacement cannot stand beside the old one, whatever its name."""
    waits_until_gone: ClassVar[bool] = True
    """False where `delete` only sets something back that always exists (a bucket's versioning)."""
    seconds: ClassVar[float] = 600
    """The longest wait, unless the program gives `customTimeouts`."""

    def create(self, op: Operation) -> str:
        """Makes the resource from `op.new` and returns its id. More than one call: `op.created(id)` after the first."""
        raise NotImplementedError

    def read(self, op: Operation, identifier: str) -> Properties | None:
        """All properties, but write-only ones, by the SDK's names; None (or an absent error) if there is none."""
        raise NotImplementedError

    def update(self, op: Operation, identifier: str) -> None:
        """Makes what stands in `op.changed` as in `op.new`. Tags are changed through `tagging`, not here."""
        raise PluginError(f"{self.token}: {', '.join(sorted(op.changed))} cannot be changed in place")

    def delete(self, op: Operation, identifier: str) -> None:
        """Deletes; an absent error is success."""
        raise NotImplementedError

    def state(self, op: Operation, live: Properties) -> State:
        """Whether what `read` gave is as asked for: after creations and updates this is waited for."""
        return Ready()

    def also_fixed(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
        """Inputs that need a replacement only for this change."""
        return frozenset()

    def invalid(self, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
        """More faults of inputs, as (property, reason); values may be UNKNOWN."""
        return []

    @property
    def token(self) -> str:
        return token_of(self.sdk)

    @property
    def inputs(self) -> Fields:
        return inputs_of(self.sdk)

    @property
    def outputs(self) -> frozenset[str]:
        return outputs_of(self.sdk)

    @property
    def has_tags(self) -> bool:
        return "tags" in self.carries

    @property
    def all_carried(self) -> frozenset[str]:
        return self.carries | ({"region"} & self.inputs.shapes.keys())
