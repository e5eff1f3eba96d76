"""Takes one hardening line away from what components registered."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from infra.guardrails.rules.rule import Object

# Not types, but parts of every workload's pods.
POD = "pod"
CONTAINER = "container"
_PODS = ("spec", "template.spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec")
GONE: Final = object()
SAME: Final = object()


def gone(_: Any) -> Any:
    return GONE


def to(value: Any) -> Callable[[Any], Any]:
    """What it would be instead; where it is that already, there is no line to take away."""
    return lambda found: SAME if found == value else value


@dataclass(frozen=True)
class Line:
    """A line that hardens a type of resource: a dotted path, and what would stand there without it.

    `*` is every element; no path, all inputs. A path goes on inside a string of JSON. Keys with dots in them come as a
    tuple. `only`: in these stacks, where the line matters.
    """

    of: str
    path: str | tuple[str, ...]
    change: Callable[[Any], Any] = gone
    only: tuple[str, ...] = ("local", "dev", "prod")

    def __str__(self) -> str:
        return f"{self.of.rsplit(':', 1)[-1]}.{'.'.join(self._way)}"

    @property
    def _way(self) -> list[str]:
        return list(self.path) if isinstance(self.path, tuple) else self.path.split(".") if self.path else []

    def without(self, it: Object) -> Iterator[Object]:
        """The resource without the line, once for each place where the line stands."""
        for root in self._roots(it):
            way = [*root, *self._way]
            for props in _changed(it.props, way, self.change):
                references = {name: of for name, of in it.references.items() if name in props}
                yield replace(it, props=props, references=references)

    def _roots(self, it: Object) -> Iterator[list[str]]:
        if it.type == self.of:
            yield []
        elif self.of in (POD, CONTAINER) and it.pod:
            (pod,) = [way.split(".") for way in _PODS if _at(it.props, way) is it.pod]
            kinds = ("containers", "initContainers") if self.of == CONTAINER else ()
            yield from ([*pod, kind, "*"] for kind in kinds if it.pod.get(kind))
            if self.of == POD:
                yield pod


def _at(tree: Any, way: str) -> Any:
    for key in way.split("."):
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _changed(tree: Any, way: list[str], change: Callable[[Any], Any]) -> Iterator[Any]:
    """The tree with one place of the way changed, once for each such place."""
    if not way:
        found = change(tree)
        if found is not SAME:
            yield found
    elif isinstance(tree, str):
        yield from (json.dumps(each) for each in _changed(json.loads(tree), way, change))
    else:
        for key in _keys(tree, way[0]):
            for found in _changed(tree[key], way[1:], change):
                copy = dict(tree) if isinstance(tree, dict) else list(tree)
                if found is GONE:
                    del copy[key]
                else:
                    copy[key] = found
                yield copy


def _keys(tree: Any, step: str) -> list[Any]:
    keys: list[Any] = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    return keys if step == "*" else [key for key in keys if str(key) == step]
