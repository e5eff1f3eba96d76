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


def statement(field: str = "policy", **parts: object) -> Spoil:
    """Changes the first statement of a policy."""

    def spoil(props: dict[str, Any]) -> None:
        policy = json.loads(props[field])
        policy["Statement"][0].update(parts)
        policy["Statement"][0] = {key: value for key, value in policy["Statement"][0].items() if value is not None}
        props[field] = json.dumps(policy)

    return spoil
