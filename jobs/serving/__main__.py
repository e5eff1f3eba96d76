"""`python -m jobs.serving`: the model server until SIGTERM."""

from __future__ import annotations

import sys

from jobs.bundle.fetch import fetch_model
from jobs.bundle.scorer import load_scorer
from jobs.errors import ConfigError
from jobs.registry.champion import ChampionReader
from jobs.serving.app import App
from jobs.serving.inference_log import InferenceLog, Limits
from jobs.serving.inference_log_place import check, prepare
from jobs.serving.logs import use_json_logs
from jobs.serving.metrics import Metrics
from jobs.serving.model import ModelHolder
from jobs.serving.server import Server, run
from jobs.serving.settings import ServingSettings
from jobs.settings import TrackingSettings


def main() -> None:
    """Exit code 2 on a wrong environment."""
    try:
        settings, tracking = ServingSettings.read(), TrackingSettings.read()
        place = check(settings.inference_log)
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from error
    use_json_logs(settings.log_level)
    metrics = Metrics()
    reader, wanted = ChampionReader(tracking), (settings.model_name, settings.model_alias)
    holder = ModelHolder(
        lambda: reader.at(*wanted, settings.model_place, settings.model_version), fetch_model, load_scorer,
        lambda served: metrics.model(served.champion.model, served.champion.version, served.champion.digest),
    )  # fmt: skip
    log = _log(settings, place, metrics) if place else None
    server = Server(settings, holder, metrics, App(settings, holder, metrics, log), log)
    try:
        run(server, settings.host, settings.port)
    except OSError as error:
        print(f"error: the server cannot listen on {settings.host}:{settings.port}: {error}", file=sys.stderr)
        raise SystemExit(1) from error


def _log(settings: ServingSettings, place: str, metrics: Metrics) -> InferenceLog:
    limits = Limits(
        seconds=settings.inference_log_seconds, rows=settings.inference_log_rows, bytes=settings.inference_log_bytes,
        queue_bytes=settings.inference_log_queue_bytes,
    )  # fmt: skip
    prepare(place)
    log = InferenceLog(place, limits, metrics.written, metrics.dropped)
    log.start()
    return log


if __name__ == "__main__":
    main()
