"""LitServe: `python run_litserve.py FOLDER PORT KIND BATCH`."""

# Annotations are looked at by LitServe, so they are not to be text.
import sys
from typing import Any, cast

import litserve  # type: ignore[import-not-found]
from fastapi import Request

from benchmarks.serving_peers import scoring
from benchmarks.serving_peers.scoring import Records


class Churn(litserve.LitAPI):  # type: ignore[misc]
    """As its documentation writes one: decode, predict, encode."""

    def __init__(self, folder: str, kind: str, **settings: Any) -> None:
        super().__init__(**settings)
        self.folder, self.kind = folder, kind

    def setup(self, device: str) -> None:  # noqa: ARG002  # LitServe's signature
        self.score = scoring.load(self.folder, self.kind)

    def decode_request(self, request: Request) -> Records:
        # The type says how a body is read; what comes is the JSON in it.
        records: Records = cast(Any, request)["records"]
        return records

    def predict(self, x: Any) -> Any:
        return self.score(x)

    def encode_response(self, output: list[float]) -> dict[str, Any]:
        return {"probabilities": output}


class Batched(Churn):
    """Scores the rows of several requests at once."""

    def batch(self, inputs: list[Records]) -> list[Records]:
        return inputs

    def predict(self, x: Any) -> Any:
        found = iter(self.score([record for records in x for record in records]))
        return [[next(found) for _ in records] for records in x]

    def unbatch(self, output: list[list[float]]) -> list[list[float]]:
        return output


if __name__ == "__main__":
    _, folder, port, kind, batch = sys.argv
    size = int(batch)
    api = Batched(folder, kind, max_batch_size=size, batch_timeout=0.005) if size > 1 else Churn(folder, kind)
    server = litserve.LitServer(api, accelerator="cpu", devices=1, workers_per_device=1, fast_queue=True)
    server.run(
        host="127.0.0.1", port=int(port), num_api_servers=1, generate_client_file=False, log_level="warning",
        access_log=False,
    )  # fmt: skip
