"""Runs a Pulumi program without engine or cluster and keeps what it registered, for tests to make claims about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func
from pulumi.runtime.sync_await import _sync_await

from tests.support import aws_mocks

Tree = Any


@dataclass(frozen=True)
class Secret:
    """A value the program marked as secret, where it stood in a resource's inputs."""

    value: Tree


@dataclass(frozen=True)
class Recorded:
    """One registered resource. `inputs` has the names the API uses; secret values are wrapped in `Secret`.

    `references`: by input, the URNs of the resources that its value comes from; `aliases`: old parents and names.
    """

    type: str
    name: str
    urn: str
    parent: str
    provider: str
    inputs: dict[str, Tree]
    dependencies: frozenset[str]
    protect: bool
    ignored: tuple[str, ...] = ()
    replaced_with: frozenset[str] = frozenset()
    retained: bool = False
    references: Mapping[str, frozenset[str]] = field(default_factory=dict)
    aliases: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> str:
        return self.type.rsplit(":", 1)[1]

    @property
    def object_name(self) -> str | None:
        """The name in the cluster; None when the provider chooses one."""
        name = self.inputs.get("metadata", {}).get("name")
        return None if name is None else str(name)

    @property
    def namespace(self) -> str | None:
        namespace = self.inputs.get("metadata", {}).get("namespace")
        return None if namespace is None else str(namespace)

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.inputs.get("metadata", {}).get("labels") or {})

    @property
    def spec(self) -> Tree:
        return self.inputs["spec"]

    def pod(self) -> Tree | None:
        """The pod specification inside, if there is one."""
        for path in (("spec", "template"), ("spec", "jobTemplate", "spec", "template"), ("template",)):
            node: Tree = self.inputs
            for key in path:
                node = node.get(key) if isinstance(node, dict) else None
            if isinstance(node, dict) and "spec" in node:
                return node
        return None


@dataclass
class Recording:
    """Everything a program registered and exported."""

    resources: list[Recorded] = field(default_factory=list)
    completed: set[str] = field(default_factory=set)
    outputs: dict[str, Tree] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list[Recorded]:
        return [resource for resource in self.resources if resource.kind in kinds]

    def one(self, kind: str, name: str) -> Recorded:
        """The resource of this kind with this logical name."""
        found = [resource for resource in self.of_kind(kind) if resource.name == name]
        assert len(found) == 1, f"{len(found)} {kind} named {name!r}; there are {self.names(kind)}"
        return found[0]

    def names(self, kind: str) -> list[str]:
        return sorted(resource.name for resource in self.of_kind(kind))

    def components(self) -> list[Recorded]:
        return [resource for resource in self.resources if resource.type.startswith("mlops:")]

    def pods(self) -> list[tuple[Recorded, Tree]]:
        """Every pod template of every workload."""
        return [(resource, pod) for resource in self.resources if (pod := resource.pod()) is not None]

    def waits_for(self, later: Recorded, earlier: Recorded) -> bool:
        """Whether `later` is made after `earlier`, over any number of steps."""
        by_urn = {resource.urn: resource for resource in self.resources}
        seen: set[str] = set()
        open_ = set(later.dependencies)
        while open_:
            urn = open_.pop()
            if urn == earlier.urn:
                return True
            if urn not in seen and urn in by_urn:
                seen.add(urn)
                open_ |= by_urn[urn].dependencies
        return False


def opened(tree: Tree) -> Tree:
    """The same tree with its secrets in the open."""
    if isinstance(tree, Secret):
        return opened(tree.value)
    if isinstance(tree, dict):
        return {key: opened(value) for key, value in tree.items()}
    return [opened(value) for value in tree] if isinstance(tree, list) else tree


def leaves(tree: Tree) -> Iterator[Tree]:
    """Every plain value in a tree; nothing inside a `Secret`."""
    if isinstance(tree, Secret):
        return
    if isinstance(tree, dict):
        for value in tree.values():
            yield from leaves(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from leaves(value)
    else:
        yield tree


def record(program: Callable[[], object], *, stack: str = "local", preview: bool = False) -> Recording:
    """Runs `program` to its end."""
    recording = Recording()
    mocks.set_mocks(_Echo(), project="mlops", stack=stack, preview=preview, monitor=_Monitor(recording))
    root = get_root_resource()
    assert isinstance(root, Stack)
    root.outputs = {}

    def run() -> None:
        program()
        for name, value in root.outputs.items():
            recording.outputs[name] = _exported(value)

    _sync_await(run_pulumi_func(run))
    recording.outputs = {name: _sync_await(value) for name, value in recording.outputs.items()}
    return recording


async def _exported(value: Any) -> Tree:
    output = pulumi.Output.from_input(value)
    known = await output.future()
    return Secret(known) if await output.is_secret() else known


class _Echo(mocks.Mocks):
    """A provider that gives back what it was given, with an automatic name where there is none."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        state = dict(args.inputs)
        if args.typ.startswith("kubernetes:"):
            state["metadata"] = {"name": f"{args.name}-0a1b2c3d", **state.get("metadata", {})}
        if args.typ.startswith("aws:"):
            state = aws_mocks.state(args.typ, args.name, state)
        return f"{args.name}-id", state

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise AssertionError(f"the program asked {args.token}: a preview must not depend on the world")


class _Monitor(mocks.MockMonitor):
    def __init__(self, recording: Recording) -> None:
        super().__init__(_Echo())
        self._recording = recording

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]  # the SDK has no annotation
        if request.type != "pulumi:pulumi:Stack":
            self._recording.resources.append(
                Recorded(
                    type=request.type,
                    name=request.name,
                    urn=answer.urn,
                    parent=request.parent,
                    provider=request.provider,
                    inputs=_wrapped(rpc.deserialize_properties(request.object)),
                    dependencies=frozenset(request.dependencies),
                    protect=request.protect,
                    ignored=tuple(request.ignoreChanges),
                    replaced_with=frozenset(request.replace_with),
                    retained=request.retainOnDelete,
                    references={name: frozenset(of.urns) for name, of in request.propertyDependencies.items()},
                    aliases=tuple((one.spec.parentUrn, one.spec.name) for one in request.aliases),
                )
            )
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:
        self._recording.completed.add(request.urn)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]  # the SDK has no annotation


def _wrapped(tree: Tree) -> Tree:
    if rpc.is_rpc_secret(tree):
        return Secret(_wrapped(rpc.unwrap_rpc_secret(tree)))
    if isinstance(tree, dict):
        return {key: _wrapped(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_wrapped(value) for value in tree]
    return tree
