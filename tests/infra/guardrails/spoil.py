"""Ways to spoil the inputs of a resource in one place."""

import json
from collections.abc import Callable
from typing import Any

Spoil = Callable[[dict[str, Any]], object]


def change(path: str, value: object) -> Spoil:
    """Sets an input at a dotted path; numbers are places in lists, `None` removes."""

    def spoil(props: dict[str, Any]) -> None:
        *way, last = path.split(".")
        tree: Any = props
        for key in way:
            tree = tree[int(key)] if key.isdigit() else tree[key]
        if value is None:
            tree.pop(last)
        else:
            tree[last] = value

    return spoil


def several(**inputs: object) -> Spoil:
    """Sets some inputs; `None` removes."""

    def spoil(props: dict[str, Any]) -> None:
        props |= inputs
        for name in [name for name, value in inputs.items() if value is None]:
            del props[name]

    return spoil


def statement(index: int = 0, field: str = "policy", **parts: object) -> Spoil:
    """Changes one statement of a policy; `None` removes a part of it."""

    def spoil(props: dict[str, Any]) -> None:
        policy = json.loads(props[field])
        changed = policy["Statement"][index] | parts
        policy["Statement"][index] = {key: value for key, value in changed.items() if value is not None}
        props[field] = json.dumps(policy)

    return spoil
