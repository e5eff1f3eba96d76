"""What the platform's own programs emit, as they emit it: series → their labels."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from jobs import metrics
from jobs.backup.gauges import copy_gauges, rotation_gauges
from jobs.backup.gauges import gauges as backup_gauges
from jobs.backup.manifest import Manifest
from jobs.backup.sets import Entry
from jobs.backup.take import Taken
from jobs.backup.verify import Verified
from jobs.certificates.certificate import Certificate
from jobs.certificates.gauges import JOB as CERTIFICATES
from jobs.certificates.gauges import gauges as certificate_gauges
from jobs.certificates.judge import Judged
from jobs.database.figures import Connections, Database, Session
from jobs.database.gauges import gauges as database_gauges
from jobs.database.gauges import vacuum_gauges
from jobs.database.measure import Content
from jobs.database.measure import Measured as Looked
from jobs.database.vacuum import Vacuumed
from jobs.datasets.figures import push_snapshot
from jobs.datasets.manifest import Manifest as Snapshot
from jobs.datasets.shelf import shelf_of
from jobs.deployment.gauges import gauges as rollout_gauges
from jobs.deployment.ledger import Ledger as Rollouts
from jobs.deployment.record import Outcome as Ended
from jobs.drift.canary import Canaries
from jobs.drift.gauges import publish
from jobs.drill.drill import Drilled
from jobs.drill.gauges import gauges as backup_drill_gauges
from jobs.monitoring.actuals import Counts
from jobs.monitoring.config import Limits, PerformanceConfig
from jobs.monitoring.gauges import gauges
from jobs.monitoring.measure import Measured
from jobs.monitoring.performance import Figure, Performance
from jobs.monitoring.verdict import judge
from jobs.retraining.check import Checked
from jobs.retraining.figures import figures
from jobs.retraining.ledger import Ledger
from jobs.retraining.outcome import Outcome
from jobs.retraining.policy import Decision
from jobs.serving.metrics import Metrics
from jobs.tracking import database_errors
from jobs.tuning.figures import push as push_study
from jobs.tuning.outcomes import Outcomes
from jobs.tuning.progress import Progress
from jobs.wal.archive import Kept
from jobs.wal.gauges import gauges as wal_gauges
from jobs.wal.piece import Piece
from tests.jobs.deployment.world import order

NOW = datetime(2026, 11, 21, tzinfo=UTC)

Series = dict[str, set[str]]


def emitted(folder: Path) -> Series:
    """Of the model server, of MLflow's server beside MLflow's own, and of each job that pushes.

    `folder` is for their files.
    """
    return series(_served(), set()) | pushed(folder) | {f"{database_errors.NAME}_total": set()}


def pushed(folder: Path) -> Series:
    """Of jobs: what the gateway has after each has run."""
    found: Series = {}
    for registry, grouping in _runs(folder):
        found |= series(generate_latest(registry).decode(), {"job", *grouping})
    return found


def series(text: str, more: set[str]) -> Series:
    """Of Prometheus' text format; `more` are labels that the gateway adds."""
    return {
        sample.name: set(sample.labels) | more
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _served() -> str:
    """Of a model server that was asked once."""
    counted = Metrics()
    counted.request("/predict", 200, 0.001)
    counted.model("churn-classifier", "1", "0" * 64)
    return counted.text().decode()


def _runs(folder: Path) -> list[tuple[CollectorRegistry, Mapping[str, str]]]:
    """What reaches the gateway, and under which labels."""
    got: list[tuple[CollectorRegistry, Mapping[str, str]]] = []

    def gateway(_: str, __: str, registry: CollectorRegistry, grouping: Mapping[str, str], **___: Any) -> None:
        got.append((registry, grouping))

    with patch("prometheus_client.push_to_gateway", gateway), patch.dict(os.environ, {metrics.GATEWAY: "here"}):
        publish(_report())
        metrics.push("monitoring", gauges(_measured(), Limits()), {"model": "a"})
        metrics.push("retraining", _retrained(folder))
        push_study("churn", Progress(Outcomes(complete=1), 2, 0, 1.0, 0.0, "roc_auc", 0.8))
        push_snapshot(cast(Snapshot, SimpleNamespace(name="churn", time=NOW, rows=1)))
        metrics.push("rollouts", rollout_gauges(_rolled_out(folder), NOW))
        metrics.push("backup", backup_gauges(_taken()))
        metrics.push(CERTIFICATES, certificate_gauges([_certificate()]))
        metrics.push("drill", backup_drill_gauges(Drilled(_taken().entry, {"verify": 1.0}, 1, 1, 1)))
        metrics.push("database", database_gauges(_looked(), 1.0))
        metrics.push("database-care", vacuum_gauges([Vacuumed("mlflow", "public.runs", 1, 1, 1, 1.0)], 1.0))
        metrics.push("wal-archive", wal_gauges(_kept()))
        metrics.push_from_outside("backup-copy", copy_gauges(_taken().entry))
        metrics.push("backup-rotation", rotation_gauges(1, 0, Verified(1, 1, opened=False)))
    return got


def _kept() -> Kept:
    return Kept(Piece("1", 1, 0, 1, NOW, 64 * "0"), NOW)


def _looked() -> Looked:
    sessions = Connections((Session("mlflow", "mlflow", "idle", 1, 0.0, 0),), room=2)
    return Looked((Content(Database("mlflow", 1, 1), 1, 1),), {"mlflow": 1}, sessions)


def _certificate() -> Judged:
    return Judged("store", "store:9000", Certificate("store", "a", (), NOW, NOW), ())


def _report() -> dict[str, Any]:
    feature = {"feature": "tenure", "psi": 0.1, "missing": 0.0}
    parts = {part: {"drifted": False} for part in ("prediction", "label", "performance")}
    return {
        "canaries": Canaries(1, ()).as_dict(),
        "model": "a", "moved": 0, "verdict": "stable", "rows": 1, "time": NOW.isoformat(), "features": [feature],
        **parts,
    }  # fmt: skip


def _measured() -> Measured:
    half = Figure(0.5, 0.4, 0.6)
    version = Performance(2, 1, half, half, half, half, 0.1, ())
    counts = Counts(*[0] * len(Counts.__dataclass_fields__))
    verdict = judge(None, PerformanceConfig())
    return Measured("a", "1", NOW, NOW, counts, version, verdict, (), {"1": version})


def _retrained(folder: Path) -> CollectorRegistry:
    ledger = Ledger(shelf_of(str(folder)))
    ledger.finish(Outcome(model="a", number=1, name="retrain-a-0001", result="failed", reason="for a test", time=NOW))
    return figures(ledger, [Checked("a", Decision("idle", "nobody asks"), (), False)])


def _rolled_out(folder: Path) -> Rollouts:
    ledger, done = Rollouts(shelf_of(str(folder / "rollouts"))), order()
    ledger.claim(done)
    ledger.finish(done, Ended(result="served", reason="for a test", time=NOW))
    return ledger


def _taken() -> Taken:
    manifest = Manifest(
        format=1, time=NOW, skew=0.0, parent=None, programs={}, databases=(), buckets=(), models=(), configuration=(),
        packs=(),
    )  # fmt: skip
    return Taken(Entry("a", "sets/a.json", NOW), manifest, None, 1.0, 1)
