"""What CloudWatch knows of two versions of the function → figures. Pure but for the reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jobs.deployment.cloudwatch import MINUTE, CloudWatch, Series, latency_series, spread, total
from jobs.deployment.figures import Figures, Side
from jobs.deployment.lambda_function import LIVE
from jobs.serving.function_figures import BINS, FAILURES, FUNCTION, NAMESPACE, REQUESTS, VERSION

SECONDS_OF_DURATION = 0.001
_LAMBDA = "AWS/Lambda"


@dataclass(frozen=True)
class Between:
    """Two versions behind the alias; `new` is None before it exists. `weight`: percent that the new one has."""

    function: str
    stable: str
    new: str | None
    weight: int

    def figures(self, source: CloudWatch, opened: datetime, now: datetime) -> Figures:
        """Since the minute that this was opened in. CloudWatch is a minute or two late, and has minutes only."""
        start = opened.replace(second=0, microsecond=0)
        # With all traffic on one version, Lambda's own metrics do not tell which: the minute of the switch has both.
        own = start + MINUTE if self.weight == 100 else start
        end = now.replace(second=0, microsecond=0) + MINUTE
        new = self._side(source, self.new, start, own, end) if self.new else Side()
        return Figures(new=new, stable=self._side(source, self.stable, start, own, end))

    def _side(self, source: CloudWatch, version: str, start: datetime, own: datetime, end: datetime) -> Side:
        ours = {FUNCTION: self.function, VERSION: version}
        said = [Series(NAMESPACE, name, ours) for name in (REQUESTS, FAILURES, *BINS)]
        requests, failures, *bins = map(total, source.minutes(said, start, end))
        dimensions = self._dimensions(version)
        if dimensions is None or own >= end:
            return Side(requests=requests, errors=failures, predictions=tuple(bins))
        sums = [Series(_LAMBDA, name, dimensions) for name in ("Invocations", "Errors")]
        slow = latency_series(_LAMBDA, "Duration", dimensions)
        invocations, errors, *durations = source.minutes([*sums, *slow], own, end)
        return Side(
            # A call that crashed says nothing itself; one that was answered 503 is no error to Lambda.
            requests=max(requests, total(invocations)), errors=failures + total(errors),
            seconds=spread(durations, SECONDS_OF_DURATION), predictions=tuple(bins),
        )  # fmt: skip

    def _dimensions(self, version: str) -> dict[str, str] | None:
        alias = {FUNCTION: self.function, "Resource": f"{self.function}:{LIVE}"}
        if 0 < self.weight < 100:
            return {**alias, "ExecutedVersion": version}
        return alias if (version == self.new) == (self.weight == 100) else None
