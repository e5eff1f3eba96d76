"""A stack as text: what it has, below whom, whether it is protected, and every input that a guardrail looks at.

`make golden` rewrites the files beside this one; their diff is the review. Policies stand in a file of their own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.guardrails.rules.rule import Object
from tests.golden.guarded import guarded
from tests.infra.guardrails.objects import objects
from tests.support.recording import Recorded
from tests.support.stack import stack

HERE = Path(__file__).parent
STACKS = ("dev", "prod")
# JSON documents: who may do what, and nothing else.
POLICIES = ("policy", "assumeRolePolicy")


def graph(name: str) -> str:
    """One line for each resource, indented below its parent, with its guarded inputs."""
    recorded, by_urn = stack(name).resources, {it.urn: it for it in objects(name)}
    # Registration has no order of its own, and a rule may stop at the first that it finds.
    watched = guarded(sorted(by_urn.values(), key=lambda it: it.urn))
    children: dict[str, list[Recorded]] = {}
    for each in recorded:
        children.setdefault(each.parent if each.parent in by_urn else "", []).append(each)

    lines: list[str] = []

    def add(parent: str, depth: int) -> None:
        for each in sorted(children.get(parent, ()), key=lambda one: (one.type, one.name)):
            indent = "  " * depth
            lines.append(f"{indent}{each.type} {each.name}{' [protected]' if each.protect else ''}")
            lines.extend(f"{indent}    {line}" for line in _inputs(by_urn[each.urn], watched[each.urn]))
            add(each.urn, depth + 1)

    add("", 0)
    return "\n".join(lines) + "\n"


def policies(name: str) -> str:
    """Every IAM document of a stack, by resource and input."""
    documents = {
        f"{it.type} {it.name} {key}": json.loads(it.props[key])
        for it in objects(name)
        for key in POLICIES
        if it.type.startswith("aws:") and isinstance(it.props.get(key), str)
    }
    return json.dumps(documents, indent=1, sort_keys=True) + "\n"


def files() -> dict[Path, str]:
    """What should stand in each golden file."""
    return {
        **{HERE / f"{name}.graph.txt": graph(name) for name in STACKS},
        **{HERE / f"{name}.policies.json": policies(name) for name in STACKS},
    }


def _inputs(it: Object, paths: list[tuple[str, ...]]) -> list[str]:
    return [
        f"{'.'.join(path)} = {json.dumps(_at(it.props, path), sort_keys=True)}"
        for path in paths
        if path[-1] not in POLICIES and it.kind != "Secret" and not _is_dashboard(it)
    ]


def _is_dashboard(it: Object) -> bool:
    """Its review is that of the code that makes it; as text it would be longer than all the rest."""
    return it.kind == "ConfigMap" and "grafana_dashboard" in it.props["metadata"].get("labels", {})


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


if __name__ == "__main__":
    for file, text in files().items():
        file.write_text(text)
        print(f"wrote {file}")
