"""What AWS Lambda enters. Importing it loads and verifies the model: that is the function's start."""

from __future__ import annotations

from typing import Any

from functions.predict.environment import Environment
from functions.predict.predictor import Predictor
from functions.predict.source import source_of
from jobs.serving.logs import use_json_logs


def _predictor() -> Predictor:
    """Raises ConfigError on a wrong environment, BundleError on a bundle that is not the pinned one: no start then."""
    environment = Environment.read()
    use_json_logs(environment.log_level)
    predictor = Predictor(environment, source_of(environment))
    predictor.follow()
    return predictor


PREDICTOR = _predictor()


def handle(event: object, context: object) -> dict[str, Any]:  # noqa: ARG001  # Lambda's signature
    """Entry point."""
    return PREDICTOR.answer(event)
