"""Trees as the nodes of a graph describe them. Pure Python.

Every comparison is turned into `value < bound` on float32, so that what reads them needs one rule only.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

from jobs.errors import BundleError

LEAF = b"LEAF"
# By `TreeEnsemble`'s number; the names are `TreeEnsembleClassifier`'s. EQ and NEQ stand in no model of ours.
MODES = (b"BRANCH_LEQ", b"BRANCH_LT", b"BRANCH_GTE", b"BRANCH_GT")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a tree adds to the score."""

    weight: float


@dataclass(frozen=True, slots=True)
class Split:
    """`value < bound` leads to `yes`, anything else to `no`; a missing value to `yes` where `missing` says so."""

    column: int
    bound: float
    missing: bool
    yes: Tree
    no: Tree


Tree = Leaf | Split


@dataclass(frozen=True, slots=True)
class Forest:
    """The score is the base and what every tree adds."""

    trees: tuple[Tree, ...]
    base: float

    @property
    def depth(self) -> int:
        """Comparisons on the longest way."""
        return max(map(_depth, self.trees), default=0)


def classifier(given: dict[str, Any]) -> Forest:
    """`TreeEnsembleClassifier` of two classes with one score."""
    if len(set(given["class_ids"])) > 1 or not given["class_ids"]:
        raise _unknown("a classifier with a score for each class")
    tracks = given.get("nodes_missing_value_tracks_true") or [0] * len(given["nodes_modes"])
    places = {key: place for place, key in enumerate(zip(given["nodes_treeids"], given["nodes_nodeids"], strict=True))}
    weights = dict(
        zip(zip(given["class_treeids"], given["class_nodeids"], strict=True), given["class_weights"], strict=True)
    )

    def read(tree: int, number: int, level: int = 0) -> Tree:
        place = places[tree, number]
        mode = given["nodes_modes"][place]
        if mode == LEAF:
            return Leaf(weights.get((tree, number), 0.0))
        return _split(
            given["nodes_featureids"][place], mode, given["nodes_values"][place], tracks[place],
            read(tree, given["nodes_truenodeids"][place], _deeper(level)),
            read(tree, given["nodes_falsenodeids"][place], _deeper(level)),
        )  # fmt: skip

    roots: dict[int, int] = {}
    for tree, number in places:
        roots.setdefault(tree, number)  # the first node of a tree is its root
    base = sum(given.get("base_values", ())) if len(given.get("base_values", ())) < 2 else math.nan
    if base != base:
        raise _unknown("a classifier with a base for each class")
    return Forest(tuple(read(tree, number) for tree, number in roots.items()), float(base))


def ensemble(given: dict[str, Any]) -> Forest:
    """`TreeEnsemble` with one sum."""
    if given.get("aggregate_function", 1) != 1 or given.get("post_transform", 0) or set(given["leaf_targetids"]) - {0}:
        raise _unknown("trees that are not summed into one score")
    tracks = given.get("nodes_missing_value_tracks_true") or [0] * len(given["nodes_modes"])

    def read(place: int, leaf: int, level: int = 0) -> Tree:
        if leaf:
            return Leaf(given["leaf_weights"][place])
        yes, no = (
            read(given[f"nodes_{way}nodeids"][place], given[f"nodes_{way}leafs"][place], _deeper(level))
            for way in ("true", "false")
        )
        mode = given["nodes_modes"][place]
        if not 0 <= mode < len(MODES):
            raise _unknown(f"a comparison of kind {mode}")
        return _split(
            given["nodes_featureids"][place], MODES[mode], given["nodes_splits"][place], tracks[place], yes, no
        )

    return Forest(tuple(read(root, 0) for root in given["tree_roots"]), 0.0)


def exact(forest: Forest) -> Forest:
    """Weights cut to places (2^-47 and less) in which float64 adds without rounding, so that no order matters."""
    most = abs(forest.base) + sum(max(map(abs, _weights(tree))) for tree in forest.trees)
    if not most < math.inf:
        raise _unknown("a weight that is not finite")
    unit = 2.0 ** (math.frexp(most)[1] - 52)

    def cut(tree: Tree) -> Tree:
        if isinstance(tree, Leaf):
            return Leaf(round(tree.weight / unit) * unit)
        return Split(tree.column, tree.bound, tree.missing, cut(tree.yes), cut(tree.no))

    return Forest(tuple(map(cut, forest.trees)), round(forest.base / unit) * unit)


def _weights(tree: Tree) -> tuple[float, ...]:
    return (tree.weight,) if isinstance(tree, Leaf) else (*_weights(tree.yes), *_weights(tree.no))


def _split(column: int, mode: bytes, value: float, missing: int, yes: Tree, no: Tree) -> Tree:
    if mode not in MODES or value != value:
        raise _unknown(f"a comparison {mode.decode(errors='replace')} with {value}")
    if yes == no and isinstance(yes, Leaf):
        return yes
    bound = _next_float32(value) if mode in (b"BRANCH_LEQ", b"BRANCH_GT") else value
    if mode in (b"BRANCH_GTE", b"BRANCH_GT"):
        # A missing value follows `missing` on whichever side stands first.
        return Split(column, bound, not missing, no, yes)
    return Split(column, bound, bool(missing), yes, no)


def _next_float32(value: float) -> float:
    """The least float32 above it."""
    if value == 0:
        return float(2.0**-149)
    (bits,) = struct.unpack("<i", struct.pack("<f", value))
    return float(struct.unpack("<f", struct.pack("<i", bits + (1 if value > 0 else -1)))[0])


def _deeper(level: int) -> int:
    # A way that never ends would end in the interpreter.
    if level >= 64:
        raise _unknown("a tree of more than 64 levels")
    return level + 1


def _depth(tree: Tree) -> int:
    return 0 if isinstance(tree, Leaf) else 1 + max(_depth(tree.yes), _depth(tree.no))


def _unknown(what: str) -> BundleError:
    return BundleError("model.onnx has a part that is not known here", given=what)
