"""When the model server reaches a limit: busy load by day, its trend, the limit, and what must stay free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from jobs.monitoring.config import Monitoring
from jobs.monitoring.prometheus import ROUTES, Prometheus, Series
from jobs.reports.page import Grid, Section, Text
from jobs.reports.plot import Axis, Line, Point, day, plot
from jobs.reports.trend import LEAST, Floats, Trend, busy, trend

SERVER = 'job="model-server"'
LIMITS = 'kube_pod_container_resource_limits{namespace="ml-serving",container="server"'
# 28 days of quarters of an hour are 2,700 points; Prometheus gives 11,000.
STEP_SECONDS = 900
MIB = 1024.0**2
# Correlation of requests and processor's time from which the one explains half of the other.
TOGETHER = 0.7
REACHED, SOON, FINE, UNKNOWN = "reached", "soon", "fine", "unknown"


@dataclass(frozen=True)
class Resource:
    """One figure with its limit in the same unit; `usable` is the limit less the headroom.

    `reached`: when the trend gets there; `earliest`: when the steepest slope that the data allow does.
    """

    name: str
    unit: str
    times: Floats
    values: Floats
    limit: float | None
    usable: float | None
    trend: Trend | None
    reached: datetime | None
    earliest: datetime | None
    verdict: str
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        found = self.trend
        return {
            "name": self.name, "unit": self.unit, "limit": self.limit, "usable": self.usable,
            "level": found and found.level, "perDay": found and found.slope,
            "perDayInterval": found and [found.low, found.high],
            "reached": self.reached and self.reached.isoformat(),
            "earliest": self.earliest and self.earliest.isoformat(),
            "verdict": self.verdict, "reason": self.reason,
            "points": [[float(a), float(b)] for a, b in zip(self.times, self.values, strict=True)],
        }  # fmt: skip


def plan(ask: Prometheus, config: Monitoring, end: datetime) -> list[Resource]:
    """Requests, latency, memory and processor of the model server. Raises UnreachableError."""
    start = end - timedelta(days=config.capacity.history_days)

    def load(query: str) -> Series | None:
        found = ask.series(query, start, end, STEP_SECONDS)
        return found[0] if found else None

    rate = f"rate(mlops_requests_total{{{ROUTES}}}[15m])"
    requests = load(f"sum({rate})")
    cpu = load(f"sum(rate(process_cpu_seconds_total{{{SERVER}}}[15m]))")
    # The 95th percentile of no requests is no number, and Prometheus leaves it out.
    p95 = load(
        f"histogram_quantile(0.95, sum by (le) (rate(mlops_request_seconds_bucket{{{ROUTES}}}[15m]))) "
        f"and on() sum({rate}) > 0"
    )
    memory = load(f"max(process_resident_memory_bytes{{{SERVER}}}) / {MIB:.0f}")
    cores = ask.value(f'sum({LIMITS},resource="cpu"}})')
    return [
        resource("requests", "1/s", requests, allowed_requests(requests, cpu, cores), config, end),
        resource("p95", "s", p95, config.watch.p95_seconds, config, end),
        resource("memory of the fullest server", "MiB", memory, _mib(ask), config, end),
        resource("processor of all servers", "cores", cpu, cores, config, end),
    ]


def resource(
    name: str, unit: str, series: Series | None, limit: float | None, config: Monitoring, end: datetime
) -> Resource:
    """Pure. A figure without data, limit or enough history is `unknown` and says why."""
    times, values = busy(series.times, series.values) if series else (np.zeros(0), np.zeros(0))
    found = trend(times, values)
    usable = None if limit is None else limit * (1 - config.capacity.headroom)
    if found is None or usable is None:
        reason = "no limit is known" if found else f"{len(times)} values are too few for a trend"
        return Resource(name, unit, times, values, limit, usable, found, None, None, UNKNOWN, reason)
    horizon = float(config.capacity.horizon_days)
    # A slope whose interval holds 0 is no growth that can be seen.
    until = found.days_until(usable) if found.low > 0 or found.level >= usable else None
    earliest = found.days_until(usable, found.high)
    verdict = REACHED if until == 0 else SOON if until is not None and until <= horizon else FINE
    return Resource(
        name, unit, times, values, limit, usable, found, _date(end, until, horizon), _date(end, earliest, horizon),
        verdict,
    )  # fmt: skip


def allowed_requests(requests: Series | None, cpu: Series | None, cores: float | None) -> float | None:
    """Requests per second that all cores could answer: what more of them cost the processor, beside what idling costs.

    None when the load has not varied enough to tell the two apart.
    """
    if requests is None or cpu is None or cores is None:
        return None
    _, asked, spent = np.intersect1d(requests.times, cpu.times, return_indices=True)
    rate, used = requests.values[asked], cpu.values[spent]
    if len(rate) < LEAST or np.ptp(rate) == 0 or np.ptp(used) == 0:
        return None
    cost, idle = np.polyfit(rate, used, 1)
    if np.corrcoef(rate, used)[0, 1] < TOGETHER or cost <= 0:
        return None
    return float((cores - idle) / cost)


def _mib(ask: Prometheus) -> float | None:
    limit = ask.value(f'min({LIMITS},resource="memory"}})')
    return None if limit is None else limit / MIB


def _date(end: datetime, days: float | None, horizon: float) -> datetime | None:
    return None if days is None or days > horizon else end + timedelta(days=days)


def section(resources: list[Resource], config: Monitoring) -> Section:
    """A table and a plot for each figure."""
    rows = [
        (
            one.name, _number(one.trend.level if one.trend else None, one.unit), _number(one.usable, one.unit),
            _number(one.limit, one.unit),
            "-" if one.trend is None else f"{one.trend.slope:+.3g} ({one.trend.low:+.3g} to {one.trend.high:+.3g})",
            _day(one.reached), _day(one.earliest), one.reason or one.verdict,
        )
        for one in resources
    ]  # fmt: skip
    header = ("figure", "busy now", "usable", "limit", "a day", "reached", "earliest", "verdict")
    capacity = config.capacity
    line = (
        f"Busy is the 95th percentile of a day (of an hour in a history of less than a week). {capacity.headroom:.0%} "
        f"of each limit stay free. Dates beyond {capacity.horizon_days} days are not told; earliest is the date by the "
        "steepest slope that the values allow."
    )
    return Section("Capacity", [Text(line)], [Grid(header, rows)], [_plot(one) for one in resources])


def _plot(one: Resource) -> str:
    lines = [Line(one.name, [Point(float(a), float(b)) for a, b in zip(one.times, one.values, strict=True)])]
    if len(one.times) and one.usable is not None:
        ends = (float(one.times[0]), float(one.times[-1]))
        lines.append(Line("usable", [Point(x, one.usable) for x in ends], dashed=True))
        if one.trend:
            slope, level = one.trend.slope, one.trend.level
            lines.append(Line("trend", [Point(x, level + slope * (x - ends[1]) / 86_400) for x in ends], dashed=True))
    return plot(one.name, lines, Axis("day (UTC)", day), Axis(one.unit), 0.0)


def _number(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.4g} {unit}"


def _day(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d}"


def as_data(resources: list[Resource], config: Monitoring, end: datetime) -> Mapping[str, Any]:
    return {
        "time": end.isoformat(), "headroom": config.capacity.headroom, "horizonDays": config.capacity.horizon_days,
        "resources": [one.as_dict() for one in resources],
    }  # fmt: skip
