"""Metrics of the model server; the names are used by the alert rules."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

# 0.1 and 0.2 s are the goals of the SLO and of the alert; the low ones show where one row really is.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """One registry for one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "mlops_requests_total", "Requests by route and status.", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "mlops_request_seconds", "Time from request to answer.", ["route"], buckets=BUCKETS, registry=self.registry
        )
        self._rows = Counter("mlops_predicted_rows_total", "Rows predicted.", registry=self.registry)
        self._info = Gauge(
            "mlops_model_info", "The model served, always 1.", ["model", "version", "digest"], registry=self.registry
        )
        self._loaded = Gauge("mlops_model_loaded", "1 when a verified model is served.", registry=self.registry)
        self._refused = Gauge(
            "mlops_champion_refused", "1 when the registry's champion could not be loaded.", registry=self.registry
        )
        self._written = Counter(
            "mlops_inference_log_written_total", "Predictions written to the inference log.", registry=self.registry
        )
        self._dropped = Counter(
            "mlops_inference_log_dropped_total", "Predictions that the inference log lost.", registry=self.registry
        )
        # Memory and processor's time of the server, for the capacity plan.
        ProcessCollector(registry=self.registry)
        self._loaded.set(0)

    def request(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def rows(self, count: int) -> None:
        self._rows.inc(count)

    def model(self, model: str, version: str, digest: str) -> None:
        self._info.clear()
        self._info.labels(model, version, digest).set(1)
        self._loaded.set(1)

    def written(self, rows: int) -> None:
        self._written.inc(rows)

    def dropped(self, rows: int) -> None:
        self._dropped.inc(rows)

    def refused(self, refused: bool) -> None:
        self._refused.set(1 if refused else 0)

    def text(self) -> bytes:
        """Prometheus text format."""
        return generate_latest(self.registry)
