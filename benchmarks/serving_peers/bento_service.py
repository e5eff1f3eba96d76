"""BentoML: `bentoml serve bento_service:Churn`, told by the environment: BENCH_FOLDER, BENCH_KIND, BENCH_BATCH."""

from __future__ import annotations

import os
from typing import Any

import bentoml  # type: ignore[import-not-found]

from benchmarks.serving_peers import scoring

SIZE = int(os.environ["BENCH_BATCH"])
BATCHING: dict[str, Any] = {"batchable": True, "max_batch_size": SIZE, "max_latency_ms": 1000} if SIZE > 1 else {}


# No line in a log for each request: the others write none either.
@bentoml.service(workers=1, traffic={"timeout": 30}, logging={"access": {"enabled": False}})
class Churn:
    """One worker: the server has one core."""

    def __init__(self) -> None:
        self.score = scoring.load(os.environ["BENCH_FOLDER"], os.environ["BENCH_KIND"])

    @bentoml.api(**BATCHING)  # type: ignore[untyped-decorator]
    def predict(self, records: list[dict[str, Any]]) -> list[float]:
        return self.score(records)
