"""A runtime of MLServer around XGBoost by hand; the pipeline needs none, MLServer has one for scikit-learn."""

from __future__ import annotations

import os

from mlserver import MLModel  # type: ignore[import-not-found]
from mlserver.types import (  # type: ignore[import-not-found]
    InferenceRequest,
    InferenceResponse,
    ResponseOutput,
)

from benchmarks.serving_peers import scoring


class ByHand(MLModel):  # type: ignore[misc]
    """Columns of the V2 protocol as they come, without a frame."""

    async def load(self) -> bool:
        self.score = scoring.load(os.environ["BENCH_FOLDER"], "by hand")
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        columns = {one.name: one.data.root for one in payload.inputs}
        records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        found = self.score(records)
        output = ResponseOutput(name="probability", shape=[len(found)], datatype="FP64", data=found)
        return InferenceResponse(model_name=self.name, outputs=[output])
