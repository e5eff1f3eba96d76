"""CloudWatch: metrics by the minute, alarms that are on, and what the two say of a side."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jobs.deployment.figures import Spread
from jobs.errors import MlopsError

MINUTE = timedelta(minutes=1)
# CloudWatch keeps percentiles, not histograms: this share of the values lies at or above that one, up to the next.
PERCENTILES = {"Minimum": 25, "p25": 25, "p50": 25, "p75": 15, "p90": 2, "p92": 3, "p95": 4, "p99": 1}
# Seconds.
EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 30.0)
_AT_ONCE = 500


@dataclass(frozen=True)
class Series:
    """One statistic of one metric."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str = "Sum"


Minutes = dict[datetime, float]


@dataclass(frozen=True)
class CloudWatch:
    """Raises what boto3 raises."""

    client: Any

    def minutes(self, wanted: Sequence[Series], start: datetime, end: datetime) -> list[Minutes]:
        """Of each series its value by minute; a minute without values is not there."""
        found: list[Minutes] = [{} for _ in wanted]
        for first in range(0, len(wanted), _AT_ONCE):
            part = wanted[first : first + _AT_ONCE]
            queries = [_query(f"m{first + place}", one) for place, one in enumerate(part)]
            pages = self.client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries, StartTime=start, EndTime=end
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    pairs = zip(result["Timestamps"], result["Values"], strict=True)
                    found[int(result["Id"][1:])].update(pairs)
        return found

    def alarms(self, names: Collection[str]) -> set[str]:
        """Those of them that are on. Raises MlopsError when one is missing: nobody would notice what it watches."""
        found = self.client.describe_alarms(AlarmNames=sorted(names))["MetricAlarms"]
        if missing := set(names) - {one["AlarmName"] for one in found}:
            raise MlopsError(
                "an alarm that watches the rollout is missing", given=sorted(missing), change="`pulumi up` makes it"
            )
        return {one["AlarmName"] for one in found if one["StateValue"] == "ALARM"}


def latency_series(namespace: str, metric: str, dimensions: Mapping[str, str]) -> list[Series]:
    """What `spread` needs, in its order."""
    return [Series(namespace, metric, dimensions, name) for name in ("SampleCount", *PERCENTILES)]


def spread(found: Sequence[Minutes], unit: float) -> Spread:
    """Of `latency_series`; `unit`: seconds of one. A value counts as the percentile below it: never as slower."""
    counts = [0] * (len(EDGES) + 1)
    samples, values = found[0], found[1:]
    for minute, number in samples.items():
        below = done = 0
        for value, share in zip(values, PERCENTILES.values(), strict=True):
            below += share
            upto = round(number * below / 100)
            if minute in value:
                counts[bisect_left(EDGES, value[minute] * unit)] += upto - done
            done = upto
    return Spread(edges=EDGES, counts=tuple(counts))


def total(found: Minutes) -> int:
    return round(sum(found.values()))


def _query(name: str, one: Series) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in one.dimensions.items()]
    metric = {"Namespace": one.namespace, "MetricName": one.metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": one.statistic}}
