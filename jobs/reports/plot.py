"""Plots as SVG text; pure, without a library, so that a page needs none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 40
TICKS = 5


@dataclass(frozen=True)
class Point:
    """`low` and `high`: an interval around y, if there is one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """Points by rising x; `dashed` for limits and trends."""

    name: str
    points: Sequence[Point]
    dashed: bool = False


@dataclass(frozen=True)
class Axis:
    """What an axis shows, and how its numbers are written."""

    label: str
    write: Callable[[float], str] = lambda number: f"{number:.4g}"


def day(seconds: float) -> str:
    """Seconds since 1970 → month and day."""
    return f"{datetime.fromtimestamp(seconds, UTC):%m-%d}"


def hour(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%m-%d %H:%M}"


def plot(title: str, lines: Sequence[Line], x: Axis, y: Axis, least: float | None = None) -> str:
    """An SVG element; `least`: y begins here at the latest. Without points it says so."""
    points = [point for line in lines for point in line.points]
    if not points:
        return f'<p class="none">{escape(title)}: no data</p>'
    ys = [value for one in points for value in (one.y, one.low, one.high) if value is not None]
    across = _Scale(*_range([one.x for one in points]), LEFT, WIDTH - RIGHT)
    up = _Scale(*_range(ys if least is None else [*ys, least]), HEIGHT - BOTTOM, TOP)
    parts = [_grid(across, up, x, y)]
    for place, line in enumerate(lines):
        parts.append(_line(line, f"s{place % 4}", across, up))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}{_legend(lines)}</svg>"
    )


@dataclass(frozen=True)
class _Scale:
    """Values [low, high] → places [start, end] in the picture."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> str:
        return f"{self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start):.1f}"

    def ticks(self) -> list[float]:
        return [self.low + (self.high - self.low) * number / (TICKS - 1) for number in range(TICKS)]


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    if high - low < 1e-12 * max(abs(low), abs(high), 1e-9):
        pad = abs(high) * 0.1 or 1.0
        return low - pad, high + pad
    return low, high


def _grid(across: _Scale, up: _Scale, x: Axis, y: Axis) -> str:
    parts = []
    for value in up.ticks():
        height = up.place(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height}" y2="{height}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{height}" class="right">{escape(y.write(value))}</text>')
    for value in across.ticks():
        parts.append(
            f'<text x="{across.place(value)}" y="{HEIGHT - BOTTOM + 16}" class="middle">{escape(x.write(value))}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" class="middle">{escape(x.label)}</text>')
    parts.append(f'<text x="6" y="{TOP - 3}">{escape(y.label)}</text>')
    return "".join(parts)


def _line(line: Line, colour: str, across: _Scale, up: _Scale) -> str:
    parts = []
    band = [one for one in line.points if one.low is not None and one.high is not None]
    if len(band) > 1:
        upper = [f"{across.place(one.x)},{up.place(one.high or 0.0)}" for one in band]
        lower = [f"{across.place(one.x)},{up.place(one.low or 0.0)}" for one in reversed(band)]
        parts.append(f'<polygon class="band {colour}" points="{" ".join(upper + lower)}"/>')
    places = [(across.place(one.x), up.place(one.y)) for one in line.points if math.isfinite(one.y)]
    if len(places) > 1:
        dashed = ' stroke-dasharray="6 4"' if line.dashed else ""
        parts.append(f'<polyline class="line {colour}"{dashed} points="{" ".join(",".join(one) for one in places)}"/>')
    if not line.dashed and len(places) <= 60:
        parts += [f'<circle class="dot {colour}" cx="{left}" cy="{top}" r="2.5"/>' for left, top in places]
    return "".join(parts)


def _legend(lines: Sequence[Line]) -> str:
    if len(lines) < 2:
        return ""
    width = (WIDTH - LEFT - RIGHT) / len(lines)
    return "".join(
        f'<text class="legend t{place % 4}" x="{LEFT + 90 + place * (width - 90 / len(lines)):.0f}" y="{TOP - 3}">'
        f"{'- -' if line.dashed else '—'} {escape(line.name)}</text>"
        for place, line in enumerate(lines)
    )
