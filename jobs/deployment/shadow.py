"""What a challenger answered to copies of real requests, beside what clients were answered. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.deployment.analysis import shift
from jobs.deployment.figures import Side
from jobs.deployment.ledger import Rollout
from jobs.monitoring.logged import Logged
from jobs.monitoring.performance import Z, share

BINS = 20
Floats = npt.NDArray[np.float64]
# Id and inputs of a row.
Key = tuple[str, tuple[float | str | None, ...]]


@dataclass(frozen=True)
class Paired:
    """Rows that both answered. `differing`: with another label, share and its 95 % interval; `mean_difference`: of the
    probabilities, new less stable, with its 95 % interval; `ks`: distance of the two distributions, and its chance.
    """

    rows: int
    differing: int
    differing_share: float
    differing_interval: tuple[float, float]
    mean_difference: float
    mean_interval: tuple[float, float]
    largest_difference: float
    ks: float
    p: float


@dataclass(frozen=True)
class Comparison:
    """`paired` is None where no row can be paired; then `ks` and `p` are of the servers' own histograms.

    `dropped`: rows of both that one side has several of, so that nobody knows which belong together.
    """

    version: str
    stable: str
    verdict: str
    paired: Paired | None
    dropped: int
    ks: float | None
    p: float | None
    new: Side
    stable_side: Side

    def as_dict(self) -> dict[str, Any]:
        sides = {"new": self.new, "stable_side": self.stable_side}
        return {
            **{key: value for key, value in asdict(self).items() if key not in sides},
            **{key: {**side.model_dump(), "p95": side.seconds.quantile(0.95) if side.seconds.total else None}
               for key, side in sides.items()},
        }  # fmt: skip


def compare(rollout: Rollout, served: Iterable[Logged], copied: Iterable[Logged]) -> Comparison:
    """`served` and `copied`: from the inference log, of whatever version and time; those of this rollout are paired."""
    order = rollout.order
    new, stable = (sum((getattr(mark.figures, side) for mark in rollout.marks), Side()) for side in ("new", "stable"))
    pairs, dropped = _pairs(_of(served, order.stable), _of(copied, order.version))
    paired = pair([one for one, _ in pairs], [one for _, one in pairs]) if pairs else None
    known = sum(new.predictions) and sum(stable.predictions)
    moved = shift(new.predictions, stable.predictions) if known else (None, None)
    verdict = rollout.marks[-1].verdict if rollout.marks else "inconclusive"
    return Comparison(order.version, order.stable, verdict, paired, dropped, moved[0], moved[1], new, stable)


def pair(stable: list[Logged], new: list[Logged]) -> Paired:
    """Of the same rows in the same order; at least one."""
    differing = sum(a.label != b.label for a, b in zip(stable, new, strict=True))
    before, after = (np.array([one.probability for one in side]) for side in (stable, new))
    difference = after - before
    rows, mean = len(stable), float(difference.mean())
    half = Z * float(difference.std(ddof=1)) / math.sqrt(rows) if rows > 1 else math.inf
    ks, p = shift(_binned(after), _binned(before))
    other = share(differing, rows)
    return Paired(
        rows, differing, other.value, (other.low, other.high), mean, (mean - half, mean + half),
        float(np.abs(difference).max()), ks, p,
    )  # fmt: skip


def _of(rows: Iterable[Logged], version: str) -> list[Logged]:
    return [one for one in rows if one.model.version == version]


def _pairs(stable: list[Logged], new: list[Logged]) -> tuple[list[tuple[Logged, Logged]], int]:
    """Rows with the same id and inputs, which clients may send again under one request id; how many are ambiguous."""
    if not stable or not new:
        return [], 0
    # A challenger may know other features.
    both = sorted(stable[0].model.features.items() & new[0].model.features.items())
    before, after = (_by_input(side, [name for name, _ in both]) for side in (stable, new))
    found = [(before[one], after[one]) for one in before if one in after]
    pairs = [(one[0], other[0]) for one, other in found if len(one) == len(other) == 1]
    return pairs, len(found) - len(pairs)


def _by_input(rows: list[Logged], names: list[str]) -> Mapping[Key, list[Logged]]:
    """All rows are of one model."""
    places = [list(rows[0].model.features).index(name) for name in names]
    found: dict[Key, list[Logged]] = {}
    for one in rows:
        found.setdefault((one.id, tuple(one.values[place] for place in places)), []).append(one)
    return found


def _binned(probabilities: Floats) -> tuple[int, ...]:
    return tuple(int(one) for one in np.histogram(probabilities, bins=BINS, range=(0.0, 1.0))[0])
