"""The platform that is asked: its addresses, as whom, and clients made when the first check needs them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jobs.cluster.access import Access
from jobs.errors import ConfigError
from jobs.settings import TrackingSettings

if TYPE_CHECKING:
    import httpx

    from jobs.cluster.look import Look
    from jobs.datasets.source import Source
    from jobs.deployment.policy import RolloutPolicy
    from jobs.deployment.target import Observed, Target
    from jobs.monitoring.prometheus import Prometheus
    from jobs.registry.versions import Registry

SECONDS = 5.0
API_KEY = "MLOPS_SERVING_KEY"
ADDRESSES = {
    "trackingUri": "MLFLOW_TRACKING_URI", "servingUrl": "MLOPS_SERVING_URL", "prometheusUrl": "MLOPS_PROMETHEUS",
    "predictFunction": "MLOPS_PREDICT_FUNCTION", "endpointName": "MLOPS_ENDPOINT",
}  # fmt: skip


@dataclass(frozen=True)
class Rollout:
    """What is to be rolled out, or was; `alias`: the registry's of the place where; `data`: its table, if it moved."""

    alias: str
    version: str
    policy: RolloutPolicy
    data: Source | None = None


@dataclass(frozen=True)
class System:
    """`outputs`: the stack's, or as many of them as are known; `target` finds the place that serves."""

    outputs: Mapping[str, Any]
    model: str
    alias: str
    access: Access | None = None
    target: Callable[[], Target] | None = None
    rollout: Rollout | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _looking: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _importing: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def address(self, output: str) -> str | None:
        """Without a slash at its end; the environment's goes before the stack's."""
        found = os.environ.get(ADDRESSES.get(output, "")) or self.outputs.get(output)
        return str(found).rstrip("/") if found else None

    @property
    def api_key(self) -> str | None:
        """For the gateway."""
        found = os.environ.get(API_KEY) or self.outputs.get("servingKey")
        return str(found) if found else None

    def age(self, when: datetime | float) -> timedelta:
        """Since a time, or seconds since 1970."""
        return self.now - (when if isinstance(when, datetime) else datetime.fromtimestamp(when, UTC))

    @cached_property
    def http(self) -> httpx.Client:
        import httpx

        return httpx.Client(timeout=SECONDS)

    @cached_property
    def tracking(self) -> TrackingSettings:
        return TrackingSettings.read()

    @cached_property
    def cluster(self) -> Look:
        """Raises ConfigError when no cluster is known."""
        from jobs.cluster.look import Look

        return Look(self.access or Access.choose())

    @cached_property
    def prometheus(self) -> Prometheus:
        from jobs.monitoring.prometheus import Prometheus

        address = self.address("prometheusUrl")
        if address is None:
            raise ConfigError("no Prometheus is known", change="run `make up`, or set MLOPS_PROMETHEUS")
        return Prometheus(address)

    @property
    def rolled(self) -> Rollout:
        """What a preflight or postflight is about."""
        assert self.rollout is not None, "only a selection for a rollout asks this"
        return self.rollout

    @property
    def place(self) -> Target:
        """Where the model is served. Raises ConfigError."""
        with self._looking:
            return self._place

    @property
    def observed(self) -> Observed:
        """The place as it is, looked at once for all checks."""
        with self._looking:
            return self._observed

    @cached_property
    def _place(self) -> Target:
        if self.target is None:
            raise ConfigError("nothing is known that serves", change="run `make up`")
        return self.target()

    @cached_property
    def _observed(self) -> Observed:
        return self.place.observe()

    @property
    def registry(self) -> Registry:
        from jobs.registry.versions import Registry

        # MLflow's import is the longest of all: one thread does it, the others wait for it here.
        with self._importing:
            return Registry()
