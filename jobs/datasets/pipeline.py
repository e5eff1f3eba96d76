"""Raw rows → validated → encoded → one dated snapshot with both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from jobs.datasets.catalog import Catalog
from jobs.datasets.config import Pipeline
from jobs.datasets.events import event_times
from jobs.datasets.fit import fit_features
from jobs.datasets.manifest import DATA, FEATURES, File, Manifest
from jobs.datasets.parquet import matrix_bytes, table_bytes
from jobs.datasets.snapshot import Written, append
from jobs.datasets.validate import validate
from jobs.features.encoder import Encoder

Say = Callable[[str], None]


def run_pipeline(pipeline: Pipeline, catalog: Catalog, time: datetime, say: Say) -> Written:
    """Encodes as training and the server do, by the same Encoder. Raises DataError, UnreachableError.

    Run again with the same rows it changes nothing.
    """
    # Before it is read: what the manifest names must be what was read, also when a newer one appears meanwhile.
    source = pipeline.data.pinned()
    name = source.model_dump_json(exclude_none=True)
    say(f"{pipeline.dataset}: reading {name}")
    frame = source.read()
    table = validate(frame, pipeline.table, name, labelled=pipeline.labelled)
    times = event_times(frame, pipeline.event_time, time, name) if pipeline.event_time else None
    spec = fit_features(table)
    say(f"{pipeline.dataset}: {table.rows} rows fit the schema; encoding {len(spec.columns)} features")
    contents = {
        DATA: table_bytes(table, (pipeline.event_time, times) if pipeline.event_time and times is not None else None),
        FEATURES: matrix_bytes(Encoder(spec).columns(table.columns), spec.columns),
    }
    manifest = Manifest(
        name=pipeline.dataset,
        time=time,
        table=table.schema,
        labelled=table.labels is not None,
        rows=table.rows,
        table_sha256=table.digest(),
        source=source.model_dump(mode="json", exclude_none=True),
        files=tuple(File.of(name, content) for name, content in contents.items()),
        spec=spec.to_json(),
        first=None if times is None else times.min().astype(datetime).replace(tzinfo=UTC),
        last=None if times is None else times.max().astype(datetime).replace(tzinfo=UTC),
    )
    return append(catalog, manifest, contents)
