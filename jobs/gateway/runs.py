"""Calls as MLflow runs: one run for each series, one step for each call, a thousand figures in a request."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from jobs.gateway.call import Call

LOG = logging.getLogger("mlops.gateway")
# MLflow takes 1,000 metrics in a request; a call has 8, and its batch the totals of its series.
CALLS_PER_REQUEST = 120
# A run's page becomes slow with its history.
CALLS_PER_RUN = 50_000
SUMMED = ("token_count", "evidence_violations", "citation_count", "hedging_detected", "failed")
ROLE = "mlops.role"
# MLflow's words for a run that was deleted or never was.
GONE = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_STATE", "INVALID_PARAMETER_VALUE"})


@dataclass
class Series:
    """An open run and what it holds so far."""

    run_id: str
    calls: int = 0
    totals: dict[str, float] = field(default_factory=dict)


class GatewayRuns:
    """Used by one thread. What is written twice after a lost answer is the same figure to MLflow, and kept once."""

    def __init__(self, experiment: str) -> None:
        # Seconds, which the first calls need not wait for, nor the end of a short program.
        with suppress(ImportError):
            import mlflow.tracking  # noqa: F401
        self._experiment = experiment
        self._open: dict[tuple[str, str, str], Series] = {}
        self._client: Any = None

    def write(self, calls: Sequence[Call]) -> int:
        """At most CALLS_PER_REQUEST calls of one series → how many were none. Raises what MLflow's client raises."""
        from mlflow.entities import Metric
        from mlflow.exceptions import MlflowException

        key = calls[0].series
        series = self._open.get(key) or self._start(key)
        metrics: list[Metric] = []
        totals, step = dict(series.totals), series.calls
        for call in calls:
            try:
                figures = call.figures()
                when = int(call.time * 1000)
            except (TypeError, ValueError) as error:
                LOG.warning("a call of %s is left out: %s", key[0], error)
                continue
            metrics += [Metric(name, value, when, step) for name, value in figures.items()]
            for name in SUMMED:
                totals[name] = totals.get(name, 0.0) + figures.get(name, 0.0)
            step += 1
        written = step - series.calls
        if written:
            last = metrics[-1].timestamp
            metrics += [Metric(f"total_{name}", value, last, step) for name, value in totals.items()]
            try:
                self._client.log_batch(series.run_id, [*metrics, Metric("total_calls", step, last, step)])
            except MlflowException as error:
                if error.error_code in GONE:
                    # Somebody deleted the run; the next attempt opens another.
                    self._open.pop(key, None)
                raise
            series.calls, series.totals = step, totals
            if series.calls >= CALLS_PER_RUN:
                self._end(key)
        return len(calls) - written

    def close(self) -> None:
        """Ends the open runs. Raises what MLflow's client raises."""
        for key in list(self._open):
            self._end(key)

    def _start(self, key: tuple[str, str, str]) -> Series:
        from mlflow import MlflowClient
        from mlflow.entities import Param

        from jobs.settings import use_environment
        from jobs.training.runs import experiment_id_of

        if self._client is None:
            use_environment()
            self._client = MlflowClient()
        domain, model, temperature = key
        home = experiment_id_of(self._client, self._experiment)
        tags = {ROLE: "gateway", "mlops.host": socket.gethostname(), "mlops.process": str(os.getpid())}
        run_id = self._client.create_run(home, tags=tags, run_name=f"{domain} {model} {temperature}"[:250]).info.run_id
        params = {"domain": domain, "model": model, "temperature": temperature}
        self._client.log_batch(run_id, params=[Param(name, value[:6000]) for name, value in params.items()])
        self._open[key] = Series(run_id)
        return self._open[key]

    def _end(self, key: tuple[str, str, str]) -> None:
        self._client.set_terminated(self._open[key].run_id, "FINISHED")
        del self._open[key]
