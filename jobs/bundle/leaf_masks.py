"""Raw row → score of a forest, in microseconds and without a matrix. Pure Python: a function has no numpy.

Trees are read by sets of leaves (QuickScorer, Lucchese et al., 2015), each tree's leaves as bits of one long integer.
A comparison that fails rules out the leaves of its first side; all that one value rules out is looked up by the value,
and the first leaf that is left in each tree is where the row ends. A category is one look-up for all of its columns.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from collections.abc import Mapping
from operator import getitem
from typing import Any

from jobs.bundle.forest import Forest, Leaf, Tree
from jobs.features.row import FLOAT32_MAX, RowEncoder
from jobs.features.spec import FeatureSpec, NumericFeature

# Bits of one tree by how many leaves the largest has, and the bits that are looked up at once: two trees or one.
_SIZES = ((8, 16, "H"), (16, 32, "I"), (32, 32, "I"), (64, 64, "Q"))
MAX_LEAVES = _SIZES[-1][0]
# Of a forest of 1,000 trees with 8 leaves and 10,000 different comparisons: 10 MB.
MAX_MASK_BYTES = 16 * 1024 * 1024

# Of one column: bound → the leaves that are ruled out when the value is not below; and when it is missing.
_Ruled = tuple[dict[float, int], int]


def fits(forest: Forest) -> bool:
    """Whether the masks have a size worth having."""
    most = max(map(_leaves, forest.trees), default=1)
    if most > MAX_LEAVES:
        return False
    size = next(bits for bits, _, _ in _SIZES if bits >= most) * len(forest.trees) // 8
    return size * len({key for tree in forest.trees for key in _bounds(tree)}) <= MAX_MASK_BYTES


class LeafMasks:
    """A forest that `fits`, for rows of these features. Thread-safe: nothing changes."""

    def __init__(self, features: FeatureSpec, forest: Forest) -> None:
        self._encoder = RowEncoder(features)
        most = max(map(_leaves, forest.trees), default=1)
        bits, together, code = next(size for size in _SIZES if size[0] >= most)
        trees = list(forest.trees)
        trees += [Leaf(0.0)] * (-len(trees) % (together // bits))
        count = len(trees) * bits // together
        self._bytes = count * together // 8
        self._unpack = struct.Struct(f"<{count}{code}").unpack
        self._firsts = sum(1 << bits * place for place in range(len(trees)))
        self._base = forest.base
        ruled: list[_Ruled] = [({}, 0) for _ in range(self._encoder.width)]
        leaves: list[list[float]] = []
        self._all = 0
        for place, tree in enumerate(trees):
            found: list[float] = []
            _rule_out(tree, found, place * bits, ruled)
            leaves.append(found)
            self._all |= ((1 << len(found)) - 1) << place * bits
        self._weights = _looked_up(leaves, bits, together)
        self._plan = list(self._planned(features, ruled))

    def score(self, record: Mapping[str, Any], number: int = 1) -> float:
        """Of one row; `number` is for errors. Raises EncodingError."""
        left = self._all
        for name, cuts, table, other, nullable in self._plan:
            try:
                value = record[name]
            except KeyError:
                self._encoder.row(number, record)
                raise
            kind = type(value)
            if cuts is None:
                if kind is str:
                    left &= table.get(value, other)
                elif value is None and nullable:
                    left &= other
                else:
                    place = self._encoder.category(number, name, value, {}, nullable)
                    left &= other if place < 0 else table[value]
            elif (kind is float or kind is int) and -FLOAT32_MAX <= value <= FLOAT32_MAX:
                left &= table[bisect_right(cuts, value)]
            else:
                value = self._encoder.number(number, name, value, nullable)
                left &= other if value != value else table[bisect_right(cuts, value)]
        # The lowest bit of each tree: one is always left, so nothing is borrowed from the next tree.
        lowest = left & ~(left - self._firsts)
        return sum(map(getitem, self._weights, self._unpack(lowest.to_bytes(self._bytes, "little"))), self._base)

    def _planned(self, features: FeatureSpec, ruled: list[_Ruled]) -> Any:
        """name, cuts (None: a category), what is left by value, what is left by a missing or unknown one, nullable."""
        place = 0
        for feature in features.features:
            if isinstance(feature, NumericFeature):
                bounds, missing = ruled[place]
                place += 1
                ordered = sorted(bounds)
                table = [self._all]
                for bound in ordered:
                    table.append(table[-1] & ~bounds[bound])
                yield feature.name, [_cut(bound) for bound in ordered], table, self._all & ~missing, feature.nullable
            else:
                columns = ruled[place : place + len(feature.categories)]
                place += len(columns)
                zeros = [self._left(bounds, 0.0) for bounds, _ in columns]
                known: dict[str, int] = {}
                for own, category in enumerate(feature.categories):
                    left = self._left(columns[own][0], 1.0)
                    for other, zero in enumerate(zeros):
                        left &= zero if other != own else self._all
                    known[category] = left
                unknown = self._all
                for zero in zeros:
                    unknown &= zero
                yield feature.name, None, known, unknown, feature.nullable

    def _left(self, bounds: dict[float, int], value: float) -> int:
        left = self._all
        for bound, ruled in bounds.items():
            if not value < bound:
                left &= ~ruled
        return left


def _rule_out(tree: Tree, leaves: list[float], offset: int, ruled: list[_Ruled]) -> None:
    if isinstance(tree, Leaf):
        leaves.append(tree.weight)
        return
    first = len(leaves)
    _rule_out(tree.yes, leaves, offset, ruled)
    bits = ((1 << len(leaves)) - (1 << first)) << offset
    _rule_out(tree.no, leaves, offset, ruled)
    bounds, missing = ruled[tree.column]
    bounds[tree.bound] = bounds.get(tree.bound, 0) | bits
    if not tree.missing:
        ruled[tree.column] = bounds, missing | bits


def _looked_up(leaves: list[list[float]], bits: int, together: int) -> list[dict[int, float]]:
    if bits == together:
        return [{1 << place: weight for place, weight in enumerate(one)} for one in leaves]
    return [
        {1 << a | 1 << b + bits: first + second for a, first in enumerate(one) for b, second in enumerate(other)}
        for one, other in zip(leaves[::2], leaves[1::2], strict=True)
    ]


def _cut(bound: float) -> float:
    """The least float64 that is not below `bound` once it is a float32."""
    if math.isinf(bound):
        return bound
    (bits,) = struct.unpack("<i", struct.pack("<f", bound))
    below = bits - 1 if bits > 0 else bits + 1 if bits < 0 and bound else -0x7FFFFFFF
    previous = struct.unpack("<f", struct.pack("<i", below))[0]
    middle = (previous + bound) / 2
    # The middle itself goes to the one whose last bit is 0.
    return float(middle if bits % 2 == 0 else math.nextafter(middle, math.inf))


def _leaves(tree: Tree) -> int:
    return 1 if isinstance(tree, Leaf) else _leaves(tree.yes) + _leaves(tree.no)


def _bounds(tree: Tree) -> set[tuple[int, float]]:
    if isinstance(tree, Leaf):
        return set()
    return {(tree.column, tree.bound)} | _bounds(tree.yes) | _bounds(tree.no)
