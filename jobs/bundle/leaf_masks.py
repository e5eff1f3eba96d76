"""Raw row → score of a forest, in microseconds and without a matrix. Pure Python: a function has no numpy.

Trees are read by sets of leaves (QuickScorer, Lucchese et al., 2015), each tree's leaves as bits of one long integer.
A comparison that fails rules out the leaves of its first side; all that one value rules out is looked up by the value,
and the first leaf that is left in each tree is where the row ends. A category is one look-up for all of its columns.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from collections.abc import Callable, Mapping
from operator import getitem
from typing import Any

from jobs.bundle.forest import Forest, Leaf, Tree
from jobs.features.row import FLOAT32_MAX, RowEncoder
from jobs.features.spec import FeatureSpec, NumericFeature

# Bits of one tree, of which the fewest are taken that its leaves need.
_BITS = (8, 16, 32, 64)
MAX_LEAVES = _BITS[-1]
# Of a forest of 1,000 trees with 8 leaves and 10,000 different comparisons: 10 MB.
MAX_MASK_BYTES = 16 * 1024 * 1024

# Of one column: bound → the leaves that are ruled out when the value is not below; and when it is missing.
_Ruled = tuple[dict[float, int], int]
# Weights of each tree's leaves, bits of a tree → bytes with one bit in each tree → the sum of what they stand for.
Leaves = list[list[float]]
Sums = Callable[[Leaves, int], Callable[[bytes], float]]


def fits(forest: Forest) -> bool:
    """Whether the masks have a size worth having."""
    most = max(map(_leaves, forest.trees), default=1)
    if most > MAX_LEAVES:
        return False
    size = _bits(most) * len(forest.trees) // 8
    return size * len({key for tree in forest.trees for key in _bounds(tree)}) <= MAX_MASK_BYTES


def looked_up(leaves: Leaves, bits: int) -> Callable[[bytes], float]:
    """Sums by a table for each tree, of small ones for every two."""
    if bits <= 16:
        bits *= 2
        tables = [
            {1 << a | 1 << b + bits // 2: one + other for a, one in enumerate(first) for b, other in enumerate(second)}
            for first, second in zip(leaves[::2], leaves[1::2], strict=True)
        ]
    else:
        tables = [{1 << place: weight for place, weight in enumerate(one)} for one in leaves]
    unpack = struct.Struct(f"<{len(tables)}{'H' if bits == 16 else 'I' if bits == 32 else 'Q'}").unpack
    return lambda first: sum(map(getitem, tables, unpack(first)))


class LeafMasks:
    """A forest that `fits`, for rows of these features. Thread-safe: nothing changes."""

    def __init__(self, features: FeatureSpec, forest: Forest, sums: Sums = looked_up) -> None:
        self._encoder = RowEncoder(features)
        bits = _bits(max(map(_leaves, forest.trees), default=1))
        # An even number, for those who take two at a time.
        trees = [*forest.trees, *[Leaf(0.0)] * (len(forest.trees) % 2)]
        self._bytes = len(trees) * bits // 8
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
        self._sum = sums(leaves, bits)
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
        return self._base + self._sum(lowest.to_bytes(self._bytes, "little"))

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


def _bits(leaves: int) -> int:
    return next(bits for bits in _BITS if bits >= leaves)


def _leaves(tree: Tree) -> int:
    return 1 if isinstance(tree, Leaf) else _leaves(tree.yes) + _leaves(tree.no)


def _bounds(tree: Tree) -> set[tuple[int, float]]:
    if isinstance(tree, Leaf):
        return set()
    return {(tree.column, tree.bound)} | _bounds(tree.yes) | _bounds(tree.no)
