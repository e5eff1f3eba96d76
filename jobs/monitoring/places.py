"""Where logs, predictions, actuals and reports are, unless a config says otherwise."""

from __future__ import annotations

from pathlib import Path

from jobs.config import load
from jobs.datasets.shelf import Shelf, shelf_of
from jobs.monitoring.config import Monitoring
from jobs.places import bucket
from jobs.settings import use_environment


def read(path: Path, model: str | None = None) -> Monitoring:
    """The config, with another model if one is given; sets the environment of the instance. Raises ConfigError."""
    use_environment()
    config = load(Monitoring, path)
    return config.model_copy(update={"model": model}) if model else config


def logs(config: Monitoring) -> Shelf:
    return shelf_of(config.collect.logs or f"s3://{bucket('inference_logs')}")


def predictions(config: Monitoring) -> Shelf:
    return shelf_of(config.collect.predictions or _features("predictions"))


def actuals(config: Monitoring) -> str:
    """A file, or what holds files."""
    return config.performance.actuals or _features(f"actuals/{config.model}")


def current() -> str:
    """Where drift checks look for production rows."""
    return _features("current")


def reports() -> str:
    return _features("reports")


def features() -> Shelf:
    """The whole bucket."""
    return shelf_of(f"s3://{bucket('features')}")


def _features(name: str) -> str:
    return f"s3://{bucket('features')}/{name}"
