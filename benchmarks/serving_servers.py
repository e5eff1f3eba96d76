"""What is measured: each server's command, its settings for production on one core, and how it is asked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environments import SCRATCH, environment
from benchmarks.serving_model import Record
from benchmarks.serving_report import FLOOR, MLFLOW, OURS
from tests.jobs.support import free_port

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).parent / "serving_peers"
PIPELINE, BY_HAND = "pipeline", "by hand"
BATCH = 64
BY_HAND_RUNTIME = "benchmarks.serving_peers.mlserver_runtime.ByHand"
SERVICE = "benchmarks.serving_peers.bento_service:Churn"


@dataclass(frozen=True)
class Server:
    """`kind` is how it scores, `batch` how many requests it may score at once; both are ours to choose for peers."""

    product: str
    kind: str = PIPELINE
    batch: int = 1

    @property
    def name(self) -> str:
        by_hand = ", by hand" if self.kind == BY_HAND else ""
        return f"{self.product}{by_hand}{', batching' if self.batch > 1 else ''}"

    @property
    def lock(self) -> str:
        return LOCKS[self.product]

    def command(self, port: int, made: Path, own: Path) -> list[str]:
        """`made`: what `make.py` wrote in its environment. `own`: an empty folder to write settings to."""
        return COMMANDS[self.product](self, str(environment(self.lock)), port, made, own)

    def environment(self, port: int, made: Path, registry: str, own: Path) -> dict[str, str]:
        given = {**clean(), "OMP_NUM_THREADS": "1"}
        if self.product in (OURS, FLOOR):
            given |= {
                "PYTHONPATH": str(ROOT), "MLOPS_HOST": "127.0.0.1", "MLOPS_PORT": str(port),
                "MLFLOW_TRACKING_URI": registry, "MLOPS_INFERENCE_LOG": str(own / "inference-log"),
            }  # fmt: skip
        else:
            tools = f"{environment(self.lock).parent}:{given['PATH']}"
            given |= {"PYTHONPATH": str(ROOT), "PATH": tools, "HOME": str(own)}
            given |= {"BENCH_FOLDER": str(made), "BENCH_KIND": self.kind, "BENCH_BATCH": str(self.batch)}
            given |= {"MLFLOW_DISABLE_TELEMETRY": "true", "BENTOML_DO_NOT_TRACK": "true", "DO_NOT_TRACK": "1"}
        return given

    @property
    def path(self) -> str:
        return PATHS.get(self.product, "/predict")

    def body(self, records: list[Record]) -> bytes:
        return _json(BODIES[self.product](records, self))

    def probabilities(self, body: bytes) -> list[float]:
        """Of the positive class, in the order of the rows. Raises ValueError on another answer."""
        try:
            return [float(one) for one in ANSWERS[self.product](json.loads(body), self)]
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"{self.name} answered {body[:300]!r}") from error


def clean() -> dict[str, str]:
    """This environment without its Python; what is compiled is kept, so that no start after the first compiles."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MLOPS_", "MLFLOW_"))}
    return {**given, "PYTHONPYCACHEPREFIX": str(SCRATCH / "bytecode")}


def everyone() -> list[Server]:
    """Ours, then the peers: with the pipeline, by hand, and both with batching where they have it."""
    batching = ("MLServer", "BentoML", "LitServe")
    peers = [Server(one, kind) for kind in (PIPELINE, BY_HAND) for one in batching]
    return [
        Server(FLOOR),
        Server(OURS),
        Server(MLFLOW),
        *peers,
        *(Server(one.product, one.kind, BATCH) for one in peers),
    ]


def _json(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def _mlserver(server: Server, python: str, port: int, made: Path, own: Path) -> list[str]:
    # In one process with the model: a pool of workers would share the core and add a queue between them.
    ports = {"http_port": port, "grpc_port": free_port(), "metrics_port": free_port()}
    (own / "settings.json").write_text(
        json.dumps({"host": "127.0.0.1", "debug": False, "parallel_workers": 0, **ports})
    )
    runtime = "mlserver_sklearn.SKLearnModel" if server.kind == PIPELINE else BY_HAND_RUNTIME
    batching = {"max_batch_size": server.batch, "max_batch_time": 0.005} if server.batch > 1 else {}
    parameters = {"uri": str(made / "model.joblib"), "version": "1"}
    (own / "model-settings.json").write_text(
        json.dumps({"name": "churn", "implementation": runtime, "parameters": parameters, **batching})
    )
    return [python, str(Path(python).parent / "mlserver"), "start", str(own)]


def _mlflow(_: Server, python: str, port: int, made: Path, __: Path) -> list[str]:
    run = [python, str(Path(python).parent / "mlflow"), "models", "serve", "--model-uri", str(made / "mlflow")]
    return [*run, "--env-manager", "local", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]


def _bentoml(_: Server, python: str, port: int, __: Path, ___: Path) -> list[str]:
    run = [python, str(Path(python).parent / "bentoml"), "serve", SERVICE, "--working-dir", str(ROOT)]
    return [*run, "--host", "127.0.0.1", "--port", str(port)]


def _litserve(server: Server, python: str, port: int, made: Path, _: Path) -> list[str]:
    return [python, str(PEERS / "run_litserve.py"), str(made), str(port), server.kind, str(server.batch)]


def _v2(records: list[Record], server: Server) -> Any:
    """Columns of MLServer's protocol."""
    inputs = []
    for name in records[0]:
        values = [record[name] for record in records]
        text = any(isinstance(one, str) for one in values)
        kind = {"datatype": "BYTES", "parameters": {"content_type": "str"}} if text else {"datatype": "FP64"}
        inputs.append({"name": name, "shape": [len(values), 1], **kind, "data": values})
    asked = "predict_proba" if server.kind == PIPELINE else "probability"
    parameters = {"parameters": {"content_type": "pd"}} if server.kind == PIPELINE else {}
    return {**parameters, "inputs": inputs, "outputs": [{"name": asked}]}


def _v2_answer(answer: Any, server: Server) -> Any:
    output = answer["outputs"][0]["data"]
    return output[1::2] if server.kind == PIPELINE else output


def _split(records: list[Record], _: Server) -> Any:
    rows = [list(record.values()) for record in records]
    return {"dataframe_split": {"columns": list(records[0]), "data": rows}}


Command = Callable[[Server, str, int, Path, Path], list[str]]
LOCKS = {
    FLOOR: "serving", OURS: "serving", MLFLOW: "mlflow-serve", "MLServer": "mlserver", "BentoML": "bentoml",
    "LitServe": "litserve",
}  # fmt: skip
DISTRIBUTIONS = {MLFLOW: "mlflow", "MLServer": "mlserver", "BentoML": "bentoml", "LitServe": "litserve"}
PATHS = {MLFLOW: "/invocations", "MLServer": "/v2/models/churn/infer"}
COMMANDS: dict[str, Command] = {
    FLOOR: lambda _, python, port, __, ___: [python, "-m", "benchmarks.serving_floor", str(port)],
    OURS: lambda _, python, __, ___, ____: [python, "-m", "jobs.serving"],
    MLFLOW: _mlflow, "MLServer": _mlserver, "BentoML": _bentoml, "LitServe": _litserve,
}  # fmt: skip
_RECORDS: Callable[[list[Record], Server], Any] = lambda records, _: {"records": records}  # noqa: E731
BODIES: dict[str, Callable[[list[Record], Server], Any]] = {
    FLOOR: _RECORDS, OURS: _RECORDS, MLFLOW: _split, "MLServer": _v2, "BentoML": _RECORDS, "LitServe": _RECORDS,
}  # fmt: skip
ANSWERS: dict[str, Callable[[Any, Server], Any]] = {
    FLOOR: lambda answer, _: [one["probability"] for one in answer["predictions"]],
    OURS: lambda answer, _: [one["probability"] for one in answer["predictions"]],
    MLFLOW: lambda answer, _: [row[1] for row in answer["predictions"]],
    "MLServer": _v2_answer,
    "BentoML": lambda answer, _: list(answer),
    "LitServe": lambda answer, _: answer["probabilities"],
}
