"""Watches a version while it serves: what its pods answer, how fast, and whether they keep it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jobs.monitoring.config import WatchConfig
from jobs.monitoring.prometheus import ROUTES
from jobs.monitoring.verdict import BAD, GOOD, INCONCLUSIVE

# One sample may be a scrape that came at a bad moment.
BAD_IN_A_ROW = 2
# Four scrapes of the platform's Prometheus.
RANGE = "1m"

Ask = Callable[[str], float | None]


@dataclass(frozen=True)
class Sample:
    """What Prometheus knew at a moment; None where there was nothing to measure."""

    pods: int
    others: int
    requests_per_second: float
    errors: float | None
    p95_seconds: float | None
    refused: bool

    def problems(self, config: WatchConfig, seen: bool) -> list[str]:
        """What is bad in this sample; `seen`: the version was served before."""
        found = []
        if self.errors is not None and self.errors > config.errors:
            found.append(f"{self.errors:.1%} of the requests fail, allowed {config.errors:.1%}")
        if self.p95_seconds is not None and self.p95_seconds > config.p95_seconds:
            found.append(f"p95 is {self.p95_seconds * 1000:.0f} ms, allowed {config.p95_seconds * 1000:.0f} ms")
        if self.refused:
            found.append("a server refuses the champion")
        if seen and not self.pods:
            found.append("no server serves the version any more")
        return found


@dataclass(frozen=True)
class Watched:
    """`inconclusive`: nothing was bad, and nothing was asked of the version."""

    verdict: str
    reason: str
    samples: tuple[Sample, ...]


def watch(
    ask: Ask, config: WatchConfig, model: str, version: str, seconds: float, say: Callable[[str], None]
) -> Watched:
    """Ends early when the version is bad twice in a row."""
    samples: list[Sample] = []
    bad = 0
    for moment in _moments(seconds, config.every_seconds):
        sample = look(ask, model, version)
        problems = sample.problems(config, any(one.pods for one in samples))
        samples.append(sample)
        say(_line(moment, seconds, sample, problems))
        bad = bad + 1 if problems else 0
        if bad >= BAD_IN_A_ROW:
            return Watched(BAD, "; ".join(problems), tuple(samples))
    return Watched(*_verdict(samples[-1], samples), tuple(samples))


def look(ask: Ask, model: str, version: str) -> Sample:
    """One sample. Raises UnreachableError."""
    info = f'mlops_model_info{{model="{model}"'
    served = f' * on(pod) group_left() {info},version="{version}"}}'
    total = ask(f"sum(rate(mlops_requests_total{{{ROUTES}}}[{RANGE}]){served})") or 0.0
    failed = ask(f'sum(rate(mlops_requests_total{{{ROUTES},status=~"5.."}}[{RANGE}]){served})') or 0.0
    quantile = f"sum by (le) (rate(mlops_request_seconds_bucket{{{ROUTES}}}[{RANGE}]){served})"
    return Sample(
        pods=int(ask(f'count({info},version="{version}"}})') or 0),
        others=int(ask(f'count({info},version!="{version}"}})') or 0),
        requests_per_second=total,
        errors=failed / total if total > 0 else None,
        p95_seconds=ask(f"histogram_quantile(0.95, {quantile})") if total > 0 else None,
        refused=bool(ask("max(mlops_champion_refused)")),
    )


def _moments(seconds: float, every: float) -> Iterator[float]:
    """Now, then each `every` seconds, and once at the end; yields the seconds that have passed."""
    start = time.monotonic()
    while True:
        passed = time.monotonic() - start
        yield min(passed, seconds)
        if passed >= seconds:
            return
        time.sleep(min(every, max(seconds - passed, 0.0)))


def _verdict(last: Sample, samples: list[Sample]) -> tuple[str, str]:
    if not last.pods:
        return BAD, "no server serves the version"
    if last.others:
        return BAD, f"{last.others} servers still serve another version"
    asked = sum(one.errors is not None for one in samples)
    if not asked:
        return INCONCLUSIVE, "the version is served, and nobody asked it anything"
    return GOOD, f"{asked} of {len(samples)} samples had requests, none was bad twice in a row"


def _line(passed: float, seconds: float, sample: Sample, problems: list[str]) -> str:
    measured = (
        "no requests" if sample.errors is None or sample.p95_seconds is None
        else f"{sample.requests_per_second:.1f}/s, {sample.errors:.1%} failed, p95 {sample.p95_seconds * 1000:.1f} ms"
    )  # fmt: skip
    others = f" (+{sample.others} of other versions)" if sample.others else ""
    told = f"  BAD: {'; '.join(problems)}" if problems else ""
    return f"{passed:.0f} of {seconds:.0f} s: {sample.pods} servers{others}, {measured}{told}"
