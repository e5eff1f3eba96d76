"""What AWS Lambda enters. Importing it loads and verifies the model: that is the function's start."""

from __future__ import annotations

from typing import Any

from functions.predict.predictor import Predictor
from jobs.registry.champion import ChampionReader
from jobs.serving.logs import use_json_logs
from jobs.serving.model import ModelHolder
from jobs.serving.settings import ServingSettings
from jobs.settings import TrackingSettings

# A start has 10 s, and later a request waits for this look-up: better the old model than a late answer.
REGISTRY_SECONDS = 2.0


def _predictor() -> Predictor:
    """Raises ConfigError on a wrong environment, which ends the start."""
    settings = ServingSettings.read()
    use_json_logs(settings.log_level)
    reader = ChampionReader(TrackingSettings.read(), timeout=REGISTRY_SECONDS)
    predictor = Predictor(settings, ModelHolder(reader, settings.model_name, settings.model_alias, lambda _: None))
    predictor.follow()
    return predictor


PREDICTOR = _predictor()


def handle(event: object, context: object) -> dict[str, Any]:  # noqa: ARG001  # Lambda's signature
    """Entry point."""
    return PREDICTOR.answer(event)
