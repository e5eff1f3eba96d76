"""`python -m benchmarks.serving_inside BUNDLE BODY`: our path from body to answer in one process, part by part.

Prints JSON of medians in ms. Beside it ONNX Runtime on the encoded matrix, which the server has for large forests.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from benchmarks.serving_peers.timing import milliseconds
from jobs.bundle.scorer import load_scorer
from jobs.features.encoder import Encoder
from jobs.registry.champion import Champion
from jobs.serving.answer import JSON, Answer, answered, rows_of
from jobs.serving.body import predict_rows
from jobs.serving.fast_json import fast_json
from jobs.serving.served import Served

MAX_ROWS = 10_000


def main(bundle: Path, body: bytes) -> None:
    """`body`: records; its first row alone is measured too."""
    scorer = load_scorer(bundle)
    encoder = Encoder(scorer.manifest.features)
    served = Served(Champion("churn-classifier", "1", scorer.digest, str(bundle)), scorer)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(bundle / "model.onnx", options, providers=["CPUExecutionProvider"])
    given, asked = session.get_inputs()[0].name, [session.get_outputs()[-1].name]
    everything = json.loads(body)["records"]
    found: dict[str, float] = {}
    for name, records, repetitions in (("one", everything[:1], 2000), ("many", everything, 60)):
        text = json.dumps({"records": records}, separators=(",", ":")).encode()
        columns = {name: [record[name] for record in records] for name in records[0]}
        by_columns = json.dumps({"columns": columns}, separators=(",", ":")).encode()
        matrix = encoder.records(records).astype(np.float32)
        predictions = scorer.predict_records(records)
        calls: dict[str, Callable[[], Any]] = {
            "json": partial(json.loads, text),
            "decode": partial(fast_json, text),
            "encode": partial(encoder.records, records),
            "score": partial(scorer.predict_records, records),
            "matrix": partial(scorer.probabilities, matrix),
            "onnx": partial(session.run, asked, {given: matrix}),
            "answer": partial(answered, served, predictions),
            "whole": partial(_whole, served, text),
            "columns": partial(_whole, served, by_columns),
        }
        found |= {f"{call} {name}": milliseconds(done, repetitions) for call, done in calls.items()}
    print(json.dumps(found))


def _whole(served: Served, body: bytes) -> Answer:
    """As the server goes."""
    return answered(served, predict_rows(served.scorer, rows_of(served, JSON, body, MAX_ROWS, fast_json)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]).read_bytes())
