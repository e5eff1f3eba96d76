"""Finds the champion, its baseline and the newest data, and reports."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jobs.bundle.fetch import fetch_model
from jobs.bundle.scorer import Scorer, load_scorer
from jobs.datasets.moment import key_of
from jobs.datasets.schema import Column, Label, Schema
from jobs.datasets.shelf import Shelf
from jobs.datasets.source import DATASET, SUFFIXES, DatasetSource, FileSource, source_of
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.drift.config import DriftConfig
from jobs.drift.labels import labels_of
from jobs.drift.legacy import read_reference
from jobs.drift.numbers import Floats
from jobs.drift.reference import Reference
from jobs.drift.report import drift_report
from jobs.drift.stream import stream
from jobs.drift.window import Window, window_of
from jobs.errors import BundleError, ConfigError
from jobs.features.spec import NumericFeature
from jobs.registry.champion import ChampionReader
from jobs.settings import TrackingSettings
from jobs.store import list_objects


@dataclass(frozen=True)
class Served:
    """The version that an alias names, ready to score, with the reference of its bundle."""

    model: str
    version: str
    scorer: Scorer
    reference: Reference


def newest(shelf: Shelf) -> str | None:
    """Address of the newest CSV or Parquet under `current/`, or None."""
    if shelf.root.startswith("s3://"):
        found = [(time, url) for url, time in list_objects(f"{shelf.root}/current/") if url.endswith(SUFFIXES)]
    else:
        paths = [Path(shelf.root) / key for key in shelf.list_keys("current/") if key.endswith(SUFFIXES)]
        found = [(path.stat().st_mtime, str(path)) for path in paths]
    return max(found)[1] if found else None


def pinned(current: str) -> str:
    """The same rows for ever: a dataset with the time of the snapshot that counts now."""
    source = source_of(current)
    if not isinstance(source, DatasetSource):
        return current
    time = source.pinned().as_of
    assert time is not None
    return f"{DATASET}{source.name}@{key_of(time)}"


def served(model: str, alias: str) -> Served:
    """Raises RegistryError, BundleError, UnreachableError."""
    champion = ChampionReader(TrackingSettings.read()).read(model, alias)
    with tempfile.TemporaryDirectory(prefix="mlops-drift-") as folder:
        scorer = load_scorer(fetch_model(champion.location, Path(folder)), champion.digest)
    try:
        reference = read_reference(scorer.manifest.reference)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            "the reference of the bundle cannot be read", given=f"version {champion.version}: {error}",
            change="train and promote again",
        ) from error  # fmt: skip
    return Served(model, champion.version, scorer, reference)


def window_at(current: str, champion: Served, config: DriftConfig, label: str | None = None) -> Window:
    """The rows at `telco`, `dataset:…`, a path or `s3://…`. Raises DataError, ConfigError, UnreachableError.

    `label`: the column of actuals, by default the one the model was trained with; rows need not have it.
    """
    schema = schema_of(champion, label)
    source = source_of(current)
    if isinstance(source, FileSource) and source.path.endswith(".parquet"):
        return stream(source.path, schema, champion.reference, config.scored_rows, config.seed)
    frame = source.read()
    labels = None
    if schema.label.name in frame.columns:
        actual = schema.model_copy(
            update={
                "columns": (Column(name=schema.label.name, kind="categorical", nullable=True),),
                "label": schema.label.model_copy(update={"name": "(label)"}),
            }
        )
        texts = validate(frame, actual, current, labelled=False).columns[schema.label.name]
        labels = labels_of(texts, schema.label, current)
    table = validate(frame, schema, current, labelled=False)
    return window_of(table, champion.reference, config.scored_rows, config.seed, labels)


def check(
    champion: Served, current: str, config: DriftConfig, reference: Reference | None = None, label: str | None = None
) -> dict[str, Any]:
    """The report on current data; `reference` in place of the bundle's own. Raises as `window_at`."""
    known(config, champion)
    against = reference or champion.reference
    window = window_at(current, Served(champion.model, champion.version, champion.scorer, against), config, label)
    scores = (config.prediction and against.prediction) or (config.performance and against.performance)
    probabilities = predict(champion.scorer, window.sample) if scores else None
    return {
        "model": champion.model, "version": champion.version, "current": current,
        **drift_report(against, window, config, probabilities),
    }  # fmt: skip


def predict(scorer: Scorer, table: Table) -> Floats:
    """Probabilities, shape (rows,); NaN for rows with gaps that the model's server would refuse."""
    usable = np.ones(table.rows, dtype=bool)
    for feature in scorer.manifest.features.features:
        if not feature.nullable:
            values = table.columns[feature.name]
            gaps = np.isnan(values) if values.dtype == np.float64 else [value is None for value in values]
            usable &= ~np.asarray(gaps)
    probabilities = np.full(table.rows, np.nan)
    some = table.take(np.flatnonzero(usable))
    probabilities[usable] = scorer.probabilities(scorer.encoder.columns(some.columns))
    return probabilities


def known(config: DriftConfig, champion: Served) -> None:
    """Raises ConfigError when the config has rules for features that the model does not have."""
    names = set(champion.reference.features)
    strange = sorted(set(config.features) - names)
    if strange:
        raise ConfigError("the drift config has rules for unknown features", given=strange, allowed=sorted(names))
    wrong = sorted(
        name
        for name, rule in config.features.items()
        if rule.test in ("ks", "wasserstein") and name not in schema_of(champion).names("numeric")
    )
    if wrong:
        raise ConfigError(
            "ks and wasserstein need ordered values", given=wrong, allowed="chi_square, psi or jensen_shannon"
        )


def schema_of(champion: Served, label: str | None = None) -> Schema:
    """What the model expects; every column nullable, because a gap is drift to report and no error here."""
    manifest = champion.scorer.manifest
    columns = [
        Column(name=one.name, kind="numeric" if isinstance(one, NumericFeature) else "categorical", nullable=True)
        for one in manifest.features.features
    ]
    name = label or champion.reference.label or "(label)"
    if name in (one.name for one in columns):
        raise ConfigError(
            "the label is a feature of the model", given=name, allowed="a column that the model does not read"
        )
    return Schema(
        label=Label(name=name, positive=manifest.positive, negative=manifest.negative), columns=tuple(columns)
    )  # fmt: skip
