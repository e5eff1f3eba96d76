"""A graph → how a row's probability is calculated: a core of trees or weights, then steps. Pure Python.

What no training of ours writes is refused: `None` from a guess would be a wrong prediction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobs.bundle.forest import Forest, classifier, ensemble, exact
from jobs.bundle.graph import Graph, Node
from jobs.errors import BundleError


@dataclass(frozen=True, slots=True)
class Linear:
    """The score is `intercept` and the sum of values by weights; a missing value counts as `missing` says."""

    weights: tuple[float, ...]
    intercept: float
    missing: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """`slope * x + offset`."""

    slope: float
    offset: float

    def one(self, x: float) -> float:
        return self.slope * x + self.offset


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """The logistic function."""

    def one(self, x: float) -> float:
        return 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else 0.0


@dataclass(frozen=True, slots=True)
class Turns:
    """A sum of `turn * max(0, x - knot)`: a line that turns at each knot."""

    knots: tuple[float, ...]
    turns: tuple[float, ...]

    def one(self, x: float) -> float:
        return sum(turn * (x - knot) for knot, turn in zip(self.knots, self.turns, strict=True) if x > knot)


Step = Line | Sigmoid | Turns


@dataclass(frozen=True, slots=True)
class Calculation:
    """Score of the core, then each step, in float64."""

    core: Forest | Linear
    steps: tuple[Step, ...]

    def of_score(self, score: float) -> float:
        """The probability of the positive class."""
        for step in self.steps:
            score = step.one(score)
        return score


@dataclass(frozen=True, slots=True)
class _Column:
    """The positive column of a value of the graph. `pair`: the negative one stands before it; `rest`: only that one.

    With `knots` it is one column for each, the value less the knot; `beyond`: and never below 0.
    """

    core: Forest | Linear
    steps: tuple[Step, ...] = ()
    pair: bool = False
    rest: bool = False
    knots: tuple[float, ...] = ()
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The features, with what was done to them: a missing one replaced, then `(x - offset) * scale`."""

    missing: tuple[float, ...] = ()
    offset: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()


def read_calculation(graph: Graph, width: int) -> Calculation:
    """Of a graph with this many features. Raises BundleError on a graph of another kind."""
    values: dict[str, _Column | _Inputs] = {graph.input: _Inputs()}
    try:
        for node in graph.nodes:
            found = _step(node, values, graph.constants, width)
            # The last output is the score; a classifier's first is a label, which nothing reads.
            values[node.outputs[-1]] = found
        result = values[graph.output]
        if not isinstance(result, _Column) or not result.pair:
            raise BundleError("model.onnx gives no pair of probabilities", given=graph.output)
        core = result.core if isinstance(result.core, Linear) else exact(result.core)
    except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
        raise BundleError("model.onnx cannot be loaded", given=f"{type(error).__name__}: {error}"[:300]) from error
    return Calculation(core, _merged(result.steps))


def _step(
    node: Node, values: dict[str, _Column | _Inputs], constants: dict[str, list[float]], width: int
) -> _Column | _Inputs:
    given = [values[name] for name in node.inputs if name in values]
    fixed = [constants[name] for name in node.inputs if name not in values]
    first = given[0]
    if isinstance(first, _Inputs):
        return _core(node, first, width)
    if node.kind == "Concat":
        rest, column = given
        if isinstance(column, _Column) and isinstance(rest, _Column) and rest.rest and rest.steps == column.steps:
            return _Column(column.core, column.steps, pair=True)
        raise _unknown(node)
    number = fixed[0][0] if fixed and len(fixed[0]) == 1 else None
    match node.kind:
        case "Cast":
            return first
        case "Gather" if first.pair and number == 1:
            return _Column(first.core, first.steps)
        case "Sigmoid" if _plain(first):
            return _Column(first.core, (*first.steps, Sigmoid()))
        case "Mul" if _plain(first) and number is not None:
            return _Column(first.core, (*first.steps, Line(number, 0.0)))
        case "Add" if _plain(first) and number is not None:
            return _Column(first.core, (*first.steps, Line(1.0, number)))
        case "Sub" if _plain(first) and number in (0, 1) and node.inputs[0] in constants:
            return _Column(first.core, first.steps, rest=True)
        case "Sub" if _plain(first) and node.inputs[1] in constants:
            return _Column(first.core, first.steps, knots=tuple(fixed[0]))
        case "Relu" if first.knots:
            return _Column(first.core, first.steps, knots=first.knots, beyond=True)
        case "MatMul" if first.beyond and len(fixed[0]) == len(first.knots):
            return _Column(first.core, (*first.steps, Turns(first.knots, tuple(fixed[0]))))
    raise _unknown(node)


def _core(node: Node, inputs: _Inputs, width: int) -> _Column | _Inputs:
    given = node.attributes
    trees = node.kind in ("TreeEnsembleClassifier", "TreeEnsemble")
    if trees and inputs == _Inputs():
        if node.kind == "TreeEnsemble":
            return _Column(ensemble(given))
        return _Column(classifier(given), _transformed(node), pair=True)
    if node.kind == "Imputer" and inputs == _Inputs():
        if given["replaced_value_float"] == given["replaced_value_float"]:
            raise _unknown(node)
        return _Inputs(missing=_wide(given["imputed_value_floats"], width))
    if node.kind == "Scaler" and not inputs.scale:
        return _Inputs(inputs.missing, _wide(given["offset"], width), _wide(given["scale"], width))
    if node.kind == "LinearClassifier" and len(given["coefficients"]) == 2 * width and not given.get("multi_class", 0):
        scale, offset = inputs.scale or (1.0,) * width, inputs.offset or (0.0,) * width
        weights = tuple(weight * by for weight, by in zip(given["coefficients"][width:], scale, strict=True))
        intercept = given["intercepts"][1] - sum(weight * by for weight, by in zip(weights, offset, strict=True))
        missing = inputs.missing or (math.nan,) * width
        return _Column(Linear(weights, intercept, missing), _transformed(node), pair=True)
    raise _unknown(node)


def _transformed(node: Node) -> tuple[Step, ...]:
    post = node.attributes.get("post_transform", b"NONE")
    if post not in (b"NONE", b"LOGISTIC"):
        raise _unknown(node)
    return (Sigmoid(),) if post == b"LOGISTIC" else ()


def _wide(values: Sequence[Any], width: int) -> tuple[float, ...]:
    if len(values) not in (1, width):
        raise ValueError(f"{len(values)} values for {width} features")
    return tuple(values) if len(values) == width else tuple(values) * width


def _plain(column: _Column) -> bool:
    return not (column.pair or column.rest or column.knots)


def _merged(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Without lines after lines."""
    merged: list[Step] = []
    for step in steps:
        if isinstance(step, Line) and merged and isinstance(last := merged[-1], Line):
            merged[-1] = Line(last.slope * step.slope, last.offset * step.slope + step.offset)
        else:
            merged.append(step)
    return tuple(merged)


def _unknown(node: Node) -> BundleError:
    return BundleError("model.onnx has a step that is not known here", given=f"{node.kind} {list(node.inputs)}")
