"""What the function says of each request, as CloudWatch reads it from the log (embedded metric format). Pure.

Lambda's own metrics count a request that was answered 503 as well as one that was answered 200, and no prediction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

NAMESPACE = "mlops/predict"
FUNCTION, VERSION = "FunctionName", "FunctionVersion"
REQUESTS, FAILURES = "Requests", "Failures"
# Of rows by their probability, in bins of equal width; a metric each, because CloudWatch keeps no histograms.
BINS = tuple(f"Probability{number:02d}" for number in range(20))


def line(function: str, version: str, time: float, failed: bool, probabilities: Sequence[float]) -> str:
    """One request: when, whether the fault was ours, and what was predicted."""
    counts: dict[str, int] = {REQUESTS: 1, FAILURES: int(failed)}
    for probability in probabilities:
        name = BINS[min(int(probability * len(BINS)), len(BINS) - 1)]
        counts[name] = counts.get(name, 0) + 1
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    about = {"Namespace": NAMESPACE, "Dimensions": [[FUNCTION, VERSION]], "Metrics": metrics}
    told = {"_aws": {"Timestamp": int(time * 1000), "CloudWatchMetrics": [about]}, FUNCTION: function, VERSION: version}
    return json.dumps({**told, **counts}, separators=(",", ":"))
