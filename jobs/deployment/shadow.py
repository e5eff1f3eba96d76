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
    """`paired` is None where no row was logged by both; then `ks` and `p` are of the servers' own histograms."""

    version: str
    stable: str
    verdict: str
    paired: Paired | None
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
    of_stable, of_new = _of(served, order.stable), _of(copied, order.version)
    ids = sorted(of_stable.keys() & of_new.keys())
    paired = pair([of_stable[one] for one in ids], [of_new[one] for one in ids]) if ids else None
    known = sum(new.predictions) and sum(stable.predictions)
    moved = shift(new.predictions, stable.predictions) if known else (None, None)
    verdict = rollout.marks[-1].verdict if rollout.marks else "inconclusive"
    return Comparison(order.version, order.stable, verdict, paired, moved[0], moved[1], new, stable)


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


def _of(rows: Iterable[Logged], version: str) -> Mapping[str, Logged]:
    return {one.id: one for one in rows if one.model.version == version}


def _binned(probabilities: Floats) -> tuple[int, ...]:
    return tuple(int(one) for one in np.histogram(probabilities, bins=BINS, range=(0.0, 1.0))[0])
