"""An emulated account with the function that predicts: ministack's control plane, a real image registry, and the
function itself, as AWS' runtime client would run it, or in this process."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3

from functions.predict.environment import Environment
from functions.predict.predictor import Predictor
from functions.predict.source import source_of
from jobs.deployment.cloudwatch import CloudWatch
from jobs.deployment.lambda_function import LIVE, LambdaFunction
from jobs.deployment.lambda_target import FOLDER, LambdaTarget
from jobs.deployment.record import Order
from jobs.images import registry as images
from jobs.training.experiment import Trained
from local.aws.emulators import Emulators
from local.aws.routes import REGION
from tests.jobs.functions.runtime_api import runtime_api
from tests.jobs.images.archives import archive
from tests.jobs.support import ROOT, running

NAME = "mlops-test-predict"
ROLE = "arn:aws:iam::123456789012:role/predict"
# What writes in Lambda: before and after each of these a rollout can die.
EFFECTS = ("UpdateFunctionCode", "UpdateFunctionConfiguration", "PublishVersion", "UpdateAlias", "DeleteFunction")
Run = Callable[[Mapping[str, str], Path, Any], tuple[Any, str | None]]


@dataclass
class Account:
    """One function behind the alias `live`. `bundles`: folder of each version of the model, and its digest."""

    environment: Mapping[str, str]
    registry: str
    folder: Path
    bundles: dict[str, tuple[Path, str]]
    run: Run
    tick: Callable[[], None] = lambda: None
    calls: list[str] = field(default_factory=list)
    _clients: dict[str, Any] = field(default_factory=dict)
    _models: dict[str, Path] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """The same each time: making one takes a tenth of a second."""
        if service not in self._clients:
            self._clients[service] = self._client(service)
        return self._clients[service]

    def _client(self, service: str) -> Any:
        made = boto3.client(  # type: ignore[call-overload]  # stubs know names, not variables
            service, region_name=REGION, endpoint_url=self.environment["AWS_ENDPOINT_URL_LAMBDA"],
            aws_access_key_id="emulated", aws_secret_access_key="emulated",
        )  # fmt: skip
        if service == "lambda":
            made.meta.events.register("before-call.lambda.Invoke", self._invoke)
            for effect in EFFECTS:
                made.meta.events.register(f"before-call.lambda.{effect}", self._tick)
                made.meta.events.register(f"after-call.lambda.{effect}", self._tick)
        return made

    def target(self, clock: Callable[[], datetime]) -> LambdaTarget:
        function = LambdaFunction(self.client("lambda"), NAME, poll_seconds=0.02)
        return LambdaTarget(function, CloudWatch(self.client("cloudwatch")), self.bundle, append, clock)

    def bundle(self, order: Order) -> dict[str, bytes]:
        folder, _ = self.bundles[order.version]
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def make(self) -> None:
        """As the stack makes it, with the base image, and `live` at its first version."""
        self._tick_off()
        client = self.client("lambda")
        if any(one["FunctionName"] == NAME for one in client.list_functions()["Functions"]):
            client.delete_function(FunctionName=NAME)
        base = images.push(archive(self.folder), f"{self.registry}/predict:base")
        env = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:1", "MLOPS_MODEL_NAME": "churn-classifier"}
        client.create_function(
            FunctionName=NAME, Role=ROLE, PackageType="Image", Code={"ImageUri": base}, MemorySize=512, Timeout=10,
            Environment={"Variables": env}, Publish=True,
        )  # fmt: skip
        client.get_waiter("function_active_v2").wait(FunctionName=NAME, WaiterConfig={"Delay": 0.02})
        client.create_alias(FunctionName=NAME, Name=LIVE, FunctionVersion="1")
        self.calls.clear()

    def _tick_off(self) -> None:
        self.tick = lambda: None

    def _tick(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)
        self.tick()

    def _invoke(self, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        """Lambda's part: the version's image and environment, and its handler with the event."""
        found = self.client("lambda").get_function(FunctionName=NAME, Qualifier=params["query_string"]["Qualifier"])
        env = found["Configuration"]["Environment"]["Variables"]
        said, error = self.run(env, self._model(found["Code"]["ImageUri"]), json.loads(params["body"]))
        answer = {"Payload": io.BytesIO(json.dumps(said).encode()), "StatusCode": 200}
        return _Ok(), answer | ({"FunctionError": error} if error else {})

    def _model(self, image: str) -> Path:
        """The folder of the model that the image carries, out of the registry."""
        if image not in self._models:
            content = subprocess.run([images.crane(), "export", image, "-"], capture_output=True, check=True).stdout
            folder = self.folder / image.rsplit(":", 1)[-1]
            with tarfile.open(fileobj=io.BytesIO(content)) as tar:
                tar.extractall(folder, filter="data")
            self._models[image] = folder / FOLDER.lstrip("/")
        return self._models[image]


class _Ok:
    status_code = 200


def append(base: str, files: Mapping[str, bytes], target: str) -> str:
    return images.digest(target) or images.append(base, files, target)


def in_process(env: Mapping[str, str], model: Path, event: Any) -> tuple[Any, str | None]:
    """The handler without a process."""
    try:
        environment = Environment.read({**env, "MLOPS_MODEL_FOLDER": str(model)})
        predictor = Predictor(environment, source_of(environment), say=lambda _: None)
        predictor.follow()
        return predictor.answer(event), None
    except Exception as error:
        return {"errorMessage": str(error), "errorType": type(error).__name__}, "Unhandled"


def by_runtime_client(env: Mapping[str, str], model: Path, event: Any) -> tuple[Any, str | None]:
    """A new process each time: a cold start of AWS' own runtime client."""
    told = {
        **env, "MLOPS_MODEL_FOLDER": str(model), "PYTHONPATH": str(ROOT), "LAMBDA_TASK_ROOT": str(ROOT),
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
    }  # fmt: skip
    command = (sys.executable, "-m", "awslambdaric", "functions.predict.handler.handle")
    with runtime_api() as api, running(*command, env={**told, "AWS_LAMBDA_RUNTIME_API": api.address}):
        outcome = api.invoke(event)
    return outcome.body, None if outcome.kind == "response" else "Unhandled"


@contextmanager
def account(folder: Path, registry: str, trained: list[Trained]) -> Iterator[Account]:
    """Versions 1 and 2 of the model are two candidates of one experiment."""
    with ExitStack() as stack:
        environment = stack.enter_context(Emulators(folder / "emulators"))
        bundles = {str(number): (one.folder, one.digest) for number, one in enumerate(reversed(trained), 1)}
        yield Account(environment, registry, folder, bundles, in_process)
