"""What was asked of the model server in a period, as Prometheus knows it."""

from __future__ import annotations

from typing import Any

from jobs.monitoring.prometheus import ROUTES, Prometheus
from jobs.reports.page import Grid, Section, Text
from jobs.reports.period import Period
from jobs.reports.plot import Axis, Line, Point, hour, plot

# A day has 96 points, a week 672.
STEP_SECONDS = 900


def traffic(ask: Prometheus, period: Period) -> tuple[Section, dict[str, Any]]:
    """Requests, failures and latency, as a section and as data. Raises UnreachableError."""
    over = f"[{int((period.end - period.start).total_seconds())}s]"
    requests = f"increase(mlops_requests_total{{{ROUTES}}}{over})"
    buckets = f"sum by (le) (increase(mlops_request_seconds_bucket{{{ROUTES}}}{over}))"
    by_status = ask.vector(f"sum by (status) ({requests})", period.end)
    statuses = {labels.get("status", ""): count for labels, count in by_status}
    total = sum(statuses.values())
    failed = sum(count for status, count in statuses.items() if status.startswith("5"))
    latency = {
        f"p{percent}": ask.value(f"histogram_quantile({percent / 100}, {buckets})", period.end)
        for percent in (50, 95, 99)
    }
    lost = ask.value(f"sum(increase(mlops_inference_log_dropped_total{over}))", period.end)
    data = {
        "requests": round(total), "byStatus": {key: round(count) for key, count in sorted(statuses.items())},
        "failedShare": failed / total if total else None, "latencySeconds": latency,
        "lostFromInferenceLog": None if lost is None else round(lost),
    }  # fmt: skip
    line = f"{total:.0f} requests, {failed / total:.2%} of them failed by the server." if total else "No requests."
    rows = [
        *((f"status {status}", f"{count:.0f}") for status, count in sorted(statuses.items())),
        *((name, "-" if value is None else f"{value * 1000:.1f} ms") for name, value in latency.items()),
        ("predictions that the inference log lost", "-" if lost is None else f"{lost:.0f}"),
    ]
    return Section("Requests", [Text(line)], [Grid(("", ""), rows)], _plots(ask, period)), data


def _plots(ask: Prometheus, period: Period) -> list[str]:
    rate = f"sum(rate(mlops_requests_total{{{ROUTES}}}[15m]))"
    buckets = f"sum by (le) (rate(mlops_request_seconds_bucket{{{ROUTES}}}[15m]))"
    return [
        plot(title, [Line(title, _points(ask, query, period))], Axis("UTC", hour), Axis(title), 0.0)
        for title, query in (
            ("requests per second", rate),
            ("p95 in seconds", f"histogram_quantile(0.95, {buckets})"),
        )
    ]


def _points(ask: Prometheus, query: str, period: Period) -> list[Point]:
    found = ask.series(query, period.start, period.end, STEP_SECONDS)
    return [Point(float(x), float(y)) for one in found[:1] for x, y in zip(one.times, one.values, strict=True)]
