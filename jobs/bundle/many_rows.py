"""A matrix of many rows → scores of a forest or of weights, by numpy.

Comparisons are made once, however many trees share them; a tree is a full one of the forest's depth, whose leaf is
found by choosing between bytes, a level at a time; and the weights of several trees stand in one table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from jobs.bundle.calculation import Calculation, Linear
from jobs.bundle.forest import Forest, Leaf, Tree
from jobs.bundle.leaf_masks import Leaves, looked_up
from jobs.features.encoder import Matrix

Numbers = npt.NDArray[np.float64]

# 2^6 - 1 choices a tree; deeper ones are ONNX Runtime's.
MAX_DEPTH = 6
# Rows at once: what lies between two steps stays in the processor's cache.
ROWS = 256
# Bits of a table of several trees' weights.
TABLE_BITS = 12


class ManyRows:
    """Scores of encoded rows. Thread-safe: nothing changes."""

    def __init__(self, calculation: Calculation) -> None:
        self._of_score = calculation.of_score
        core = calculation.core
        self._score = _Weighted(core) if isinstance(core, Linear) else _Full(core)

    def probabilities(self, matrix: Matrix) -> Numbers:
        """Encoded matrix (rows, width) → probability of the positive class, shape (rows,)."""
        scores = np.empty(len(matrix))
        for start in range(0, len(matrix), ROWS):
            scores[start : start + ROWS] = self._score(matrix[start : start + ROWS])
        # One by one: numpy's exp differs from the C library's in the last place, and a row is to get one answer.
        return np.array([self._of_score(score) for score in scores.tolist()])


def gathered(leaves: Leaves, bits: int) -> Callable[[bytes], float]:
    """As `looked_up`, by numpy: in a third of the time for trees of at most 8 leaves."""
    if bits != 8:
        return looked_up(leaves, bits)
    table = np.zeros((len(leaves), 256))
    for tree, weights in zip(table, leaves, strict=True):
        for place, weight in enumerate(weights):
            tree[1 << place] = weight
    starts = np.arange(len(leaves)) * 256
    take = table.ravel().take
    return lambda first: float(take(np.frombuffer(first, np.uint8) + starts).sum())


class _Weighted:
    def __init__(self, core: Linear) -> None:
        self._core = core
        self._missing = np.array(core.missing)

    def __call__(self, matrix: Matrix) -> Numbers:
        values = matrix.astype(np.float64)
        values = np.where(np.isnan(values), self._missing, values)
        total = np.full(len(matrix), self._core.intercept)
        # In the order of a single row, not in the order of a product of matrices.
        for weight, column in zip(self._core.weights, values.T, strict=True):
            total += weight * column
        return total


class _Full:
    def __init__(self, core: Forest) -> None:
        depth = self._depth = max(core.depth, 1)
        keys: dict[tuple[int, bool, float], int] = {}
        places = np.zeros((2**depth - 1, len(core.trees)), dtype=np.intp)
        leaves = np.zeros((len(core.trees), 2**depth))
        for number, tree in enumerate(core.trees):
            for level, place, node in _filled(tree, depth):
                if level == depth and isinstance(node, Leaf):
                    leaves[number, place] = node.weight
                elif not isinstance(node, Leaf):
                    key = (node.column, node.missing, node.bound)
                    places[2**level - 1 + place, number] = keys.setdefault(key, len(keys))
        self._columns = np.array([key[0] for key in keys] or [0])
        self._missing = np.array([key[1] for key in keys] or [False])[:, None]
        self._bounds = np.array([key[2] for key in keys] or [0.0], dtype=np.float32)[:, None]
        self._places = places
        self._together = max(1, TABLE_BITS // depth)
        self._groups = -(-len(core.trees) // self._together)
        padded = np.zeros((self._groups * self._together, 2**depth))
        padded[: len(leaves)] = leaves
        self._tables = _sums(padded.reshape(self._groups, self._together, -1)).ravel()
        self._starts = (np.arange(self._groups) * 2 ** (depth * self._together))[:, None]
        self._base = core.base

    def __call__(self, matrix: Matrix) -> Numbers:
        values = matrix.T[self._columns]
        below = values < self._bounds
        if np.isnan(matrix).any():
            below |= np.isnan(values) & self._missing
        failed = (~below).view(np.uint8)
        leaf = failed[self._places[0]]
        for level in range(1, self._depth):
            # Of this level's comparisons the one on the way: halved by the first choice, then by the second, …
            choice = failed[self._places[2**level - 1 : 2 ** (level + 1) - 1]]
            for bit in range(level):
                choice = choice[::2] ^ ((choice[::2] ^ choice[1::2]) & (leaf >> bit & 1))
            leaf |= choice[0] << level
        index = leaf[:: self._together].astype(np.uint16)
        for place in range(1, self._together):
            other = leaf[place :: self._together]
            index[: len(other)] |= other.astype(np.uint16) << self._depth * place
        return np.asarray(self._tables.take(index + self._starts).sum(axis=0) + self._base)


def _filled(tree: Tree, depth: int, level: int = 0, place: int = 0) -> Iterator[tuple[int, int, Tree]]:
    """Level, place and node of a full tree; a leaf that comes early is both ways' end. Bit n of a place: choice n."""
    yield level, place, tree
    if level < depth:
        yes, no = (tree, tree) if isinstance(tree, Leaf) else (tree.yes, tree.no)
        yield from _filled(yes, depth, level + 1, place)
        yield from _filled(no, depth, level + 1, place | 1 << level)


def _sums(leaves: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(groups, trees, leaves of a tree) → (groups, leaves of all its trees): the first tree's leaf is the low bits."""
    sums = leaves[:, 0]
    for tree in range(1, leaves.shape[1]):
        sums = (leaves[:, tree, :, None] + sums[:, None, :]).reshape(len(leaves), -1)
    return sums
