"""Where a figure is going: Theil and Sen's line through daily values, with the interval of its slope. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DAY = 86_400.0
HOUR = 3_600.0
Z = 1.959963984540054
# Fewer values say nothing of a trend.
LEAST = 5
# From this many days on, days are compared; before, hours.
DAYS = 7


@dataclass(frozen=True)
class Trend:
    """`level` at the last value, slope a day, and the interval that holds the true slope in 95 of 100 cases."""

    level: float
    slope: float
    low: float
    high: float

    def days_until(self, limit: float, slope: float | None = None) -> float | None:
        """0 when it is there already, None when this slope never gets there."""
        rise = self.slope if slope is None else slope
        if self.level >= limit:
            return 0.0
        return (limit - self.level) / rise if rise > 0 else None


def busy(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Seconds and values by rising time → the 95th percentile of each day, or of each hour in a short history."""
    if not len(times):
        return times, values
    size = DAY if times[-1] - times[0] >= DAYS * DAY else HOUR
    places, starts = np.unique(np.floor(times / size), return_index=True)
    ends = [*starts[1:].tolist(), len(times)]
    peaks = [float(np.quantile(values[a:b], 0.95)) for a, b in zip(starts.tolist(), ends, strict=True)]
    return places * size, np.array(peaks)


def trend(times: Floats, values: Floats) -> Trend | None:
    """Median of the slopes between all pairs: one bad day moves it little. None with too few values.

    The interval is Sen's (1968), from the variance of Kendall's statistic.
    """
    count = len(times)
    if count < LEAST:
        return None
    later, earlier = np.tril_indices(count, -1)
    days = times / DAY
    slopes = np.sort((values[later] - values[earlier]) / (days[later] - days[earlier]))
    spread = Z * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    last = len(slopes) - 1
    low = slopes[max(0, math.floor((len(slopes) - spread) / 2) - 1)]
    high = slopes[min(last, math.ceil((len(slopes) + spread) / 2))]
    slope = float(np.median(slopes))
    level = float(np.median(values + slope * (days[-1] - days)))
    return Trend(level, slope, float(low), float(high))
