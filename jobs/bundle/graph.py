"""`model.onnx` → what its graph says. Pure Python; refuses whatever reaches outside of the file or of the standard.

Field numbers are those of onnx.proto; parts that only describe (names, comments, shapes between nodes) are not read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from jobs.bundle import wire
from jobs.errors import BundleError

# Standard operators; anything else is code of somebody.
DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
FLOAT, UINT8, INT64, DOUBLE = 1, 2, 7, 11
_FORMATS = {FLOAT: "f", UINT8: "B", INT64: "q", DOUBLE: "d"}


@dataclass(frozen=True, slots=True)
class Node:
    """An operator; attributes are numbers, bytes, and lists of them."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in the order they run in; constants by name; the input and the last output."""

    nodes: tuple[Node, ...]
    constants: dict[str, list[float]]
    input: str
    output: str


@dataclass(slots=True)
class _Tensor:
    kind: int = FLOAT
    values: list[float] = field(default_factory=list)
    raw: bytes = b""


def read_graph(content: bytes) -> Graph:
    """Raises BundleError on what is no such model."""
    try:
        return _model(content)
    except (ValueError, TypeError, AttributeError, struct.error) as error:
        raise BundleError("model.onnx cannot be loaded", given=str(error)[:300]) from error


def _model(content: bytes) -> Graph:
    graph: bytes | None = None
    for number, _, value in wire.fields(content):
        if number == 7:
            graph = _bytes(value)
        elif number == 20 or number == 25:
            raise _foreign("training information" if number == 20 else "functions of its own")
        elif number == 8:
            _check_domain(next((_text(v) for n, _, v in wire.fields(_bytes(value)) if n == 1), ""))
    if graph is None:
        raise ValueError("the model has no graph")
    nodes: list[Node] = []
    constants: dict[str, list[float]] = {}
    inputs: list[str] = []
    outputs: list[str] = []
    for number, _, value in wire.fields(graph):
        if number == 1:
            nodes.append(_node(_bytes(value)))
        elif number == 5:
            name, values = _tensor(_bytes(value))
            constants[name] = values
        elif number == 15:
            raise _foreign("a sparse constant")
        elif number in (11, 12):
            (inputs if number == 11 else outputs).append(_name(_bytes(value)))
    free = [name for name in inputs if name not in constants]
    if len(free) != 1 or not outputs:
        raise ValueError(f"the graph has the inputs {free} and the outputs {outputs}; one input is needed")
    return Graph(tuple(nodes), constants, free[0], outputs[-1])


def _node(data: bytes) -> Node:
    kind = ""
    inputs: list[str] = []
    outputs: list[str] = []
    attributes: dict[str, Any] = {}
    for number, _, value in wire.fields(data):
        if number == 1:
            inputs.append(_text(value))
        elif number == 2:
            outputs.append(_text(value))
        elif number == 4:
            kind = _text(value)
        elif number == 5:
            name, given = _attribute(_bytes(value))
            attributes[name] = given
        elif number == 7:
            _check_domain(_text(value))
    return Node(kind, tuple(inputs), tuple(outputs), attributes)


def _attribute(data: bytes) -> tuple[str, Any]:
    name, kind = "", 0
    single: Any = None
    many: list[Any] = []
    for number, bits, value in wire.fields(data):
        if number == 1:
            name = _text(value)
        elif number == 20:
            kind = int(value)
        elif number == 2:
            single = wire.floats(value)[0]
        elif number == 3:
            single = wire.integers(bits, value)[0]
        elif number == 4:
            single = _bytes(value)
        elif number == 5:
            single = _tensor(_bytes(value))[1]
        elif number == 7:
            many += wire.floats(value)
        elif number == 8:
            many += wire.integers(bits, value)
        elif number == 9:
            many.append(_bytes(value))
        elif number not in (13,):
            raise _foreign(f"an attribute {name} of a kind that no model of ours has")
    # 6 and above: lists. A number that is zero may be left out.
    return name, many if kind >= 6 else (b"" if kind == 3 else 0) if single is None else single


def _tensor(data: bytes) -> tuple[str, list[float]]:
    tensor, name = _Tensor(), ""
    for number, bits, value in wire.fields(data):
        if number == 2:
            tensor.kind = int(value)
        elif number == 8:
            name = _text(value)
        elif number == 9:
            tensor.raw = _bytes(value)
        elif number == 4:
            tensor.values += wire.floats(value)
        elif number == 10:
            tensor.values += wire.floats(value, 8)
        elif number in (5, 7):
            tensor.values += wire.integers(bits, value)
        elif number == 13 or (number == 14 and value):
            raise _foreign("a constant in another file")
        elif number not in (1, 12, 14):
            raise _foreign("a constant of a kind that no model of ours has")
    if tensor.raw:
        code = _FORMATS.get(tensor.kind)
        if code is None:
            raise _foreign(f"a constant of type {tensor.kind}")
        tensor.values += struct.unpack(f"<{len(tensor.raw) // struct.calcsize(code)}{code}", tensor.raw)
    return name, tensor.values


def _name(data: bytes) -> str:
    return next((_text(value) for number, _, value in wire.fields(data) if number == 1), "")


def _bytes(value: wire.Value) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where a message is needed")
    return value


def _text(value: wire.Value) -> str:
    return _bytes(value).decode()


def _check_domain(domain: str) -> None:
    if domain not in DOMAINS:
        raise _foreign(f"operators of {domain!r}")


def _foreign(what: str) -> BundleError:
    return BundleError("model.onnx is not only a model", given=what, allowed="standard operators, all in one file")
