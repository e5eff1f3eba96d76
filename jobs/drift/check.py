"""Finds the champion's reference and the newest data, and reports."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from jobs.bundle.digest import verify_digest
from jobs.bundle.fetch import fetch_model
from jobs.bundle.manifest import Manifest
from jobs.datasets.schema import Column, Label, Schema
from jobs.datasets.source import SUFFIXES, source_of
from jobs.datasets.validate import validate
from jobs.drift.psi import drift_report
from jobs.features.spec import NumericFeature
from jobs.registry.champion import ChampionReader
from jobs.settings import TrackingSettings
from jobs.store import list_objects


def newest(prefix: str) -> str | None:
    """Address of the newest CSV or Parquet object under `s3://bucket/prefix`, or None."""
    found = [(time, url) for url, time in list_objects(prefix) if url.endswith(SUFFIXES)]
    return max(found)[1] if found else None


def check(model: str, alias: str, current: str, threshold: float) -> dict[str, Any]:
    """Report on `telco`, a path or `s3://…`. Raises RegistryError, BundleError, DataError, UnreachableError."""
    reader = ChampionReader(TrackingSettings.read())
    champion = reader.read(model, alias)
    with tempfile.TemporaryDirectory(prefix="mlops-drift-") as folder:
        bundle = fetch_model(champion.location, Path(folder))
        verify_digest(bundle, champion.digest)
        manifest = Manifest.from_text((bundle / "bundle.json").read_bytes())
    table = validate(source_of(current).read(), schema_of(manifest), current, labelled=False)
    return {
        "model": model, "version": champion.version, "current": current,
        **drift_report(manifest.reference, table, threshold),
    }  # fmt: skip


def schema_of(manifest: Manifest) -> Schema:
    """What the model expects; every column nullable, because a gap is drift to report and no error here."""
    columns = [
        Column(name=one.name, kind="numeric" if isinstance(one, NumericFeature) else "categorical", nullable=True)
        for one in manifest.features.features
    ]
    label = Label(name="(label)", positive=manifest.positive, negative=manifest.negative)
    return Schema(label=label, columns=tuple(columns))
