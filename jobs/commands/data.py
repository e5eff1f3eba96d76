"""`mlops data`: validate tables, append snapshots, read them back as of a time, archive them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.cluster_options import Context, Kubeconfig, connect
from jobs.commands.output import Json, progress, show, table

app = typer.Typer(help="Validate, snapshot, archive and read back training data.", no_args_is_help=True)

Root = Annotated[
    str | None,
    typer.Option(envvar="MLOPS_DATASETS", help="Folder or s3://bucket/prefix; default: the bucket of features."),
]


class Place(StrEnum):
    """Where the pipeline runs."""

    here = "here"
    k8s = "k8s"


@app.callback()
def group() -> None:
    """Validate, snapshot, archive and read back training data."""


@app.command()
def validate(
    config: Annotated[Path, typer.Argument(help="Pipeline or experiment as YAML: what the table must fit.")],
    data: Annotated[
        str | None, typer.Option(help="telco, path, s3://… or dataset:NAME[@TIME]; default: the config's.")
    ] = None,
    recent: Annotated[
        bool, typer.Option("--recent", help="The newest table below current/: what the model server saw, unlabelled.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a table against a config's schema and rules; exit 1 names every rule with the first rows that break it.

    Example: mlops data validate configs/churn-data.yaml --data telco
    """
    from jobs.config import load
    from jobs.datasets.config import Checked
    from jobs.datasets.events import event_times
    from jobs.datasets.moment import now
    from jobs.datasets.source import source_of
    from jobs.datasets.validate import validate as check
    from jobs.settings import use_environment

    use_environment()
    wanted = load(Checked, config)
    if recent:
        # Nobody knows yet what became of these rows, and their times are those of the predictions.
        data, wanted = _recent(data), wanted.model_copy(update={"labelled": False, "event_time": None})
    source = source_of(data) if data else wanted.data
    name = data or source.kind
    frame = source.read()
    found = check(frame, wanted.table, name, labelled=wanted.labelled)
    if wanted.event_time:
        event_times(frame, wanted.event_time, now(), name)
    if as_json:
        show({"data": name, "rows": found.rows, "columns": len(found.columns), "tableSha256": found.digest()})
    else:
        print(f"{name} fits {config}: {found.rows} rows, {len(found.columns)} columns, sha256 {found.digest()[:12]}")


@app.command()
def pipeline(
    config: Annotated[Path, typer.Argument(help="Pipeline as YAML.")],
    on: Annotated[Place, typer.Option(help="Here, or as a Kubernetes Job.")] = Place.here,
    wait: Annotated[bool, typer.Option(help="Wait for the Job and stream its log.")] = True,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    root: Root = None,
    as_json: Json = False,
) -> None:
    """Validate the rows, encode them as training and the model server do, append both as a dated snapshot.

    When the newest snapshot has the same rows and rules already, nothing is written.

    Example: mlops data pipeline configs/churn-data.yaml
    """
    from jobs.config import parse
    from jobs.config import read as read_text
    from jobs.datasets.catalog import Catalog
    from jobs.datasets.config import Pipeline
    from jobs.datasets.figures import push_snapshot
    from jobs.datasets.moment import key_of, now
    from jobs.datasets.pipeline import run_pipeline
    from jobs.settings import use_environment

    text, say = read_text(config), progress(as_json)
    wanted = parse(Pipeline, text, str(config))
    use_environment()
    if on is Place.k8s:
        from jobs.datasets.on_cluster import pipeline_job

        spec = pipeline_job(text, wanted, root)
        cluster = connect(kubeconfig, context)
        cluster.create(spec)
        say(f"job {spec.name} created")
        if wait:
            cluster.follow(spec.name, say)
            say(f"job {spec.name} complete")
        if as_json:
            show({"job": spec.name, "dataset": wanted.dataset, "complete": wait})
        return
    catalog = Catalog(root)
    written = run_pipeline(wanted, catalog, now(), say)
    push_snapshot(written.manifest)
    if as_json:
        show(
            {"new": written.new, "path": f"{catalog.shelf.root}/{written.snapshot.folder}"} | written.manifest.as_dict()
        )
    else:
        what = "appended" if written.new else "nothing new since"
        print(f"{written.manifest.name}: {what} {key_of(written.snapshot.time)}, {written.manifest.rows} rows")


@app.command()
def status(
    name: Annotated[str | None, typer.Argument(help="One dataset; default: all.")] = None,
    max_age: Annotated[str | None, typer.Option(help="Exit 1 when the newest snapshot is older: 26h, 7d.")] = None,
    root: Root = None,
    as_json: Json = False,
) -> None:
    """Newest snapshot of each dataset, its age, and what interrupted runs left.

    Example: mlops data status churn --max-age 26h
    """
    from jobs.datasets.catalog import Catalog
    from jobs.datasets.moment import age_text, key_of, now, parse_age
    from jobs.datasets.status import status_of
    from jobs.errors import DataError
    from jobs.settings import use_environment

    use_environment()
    limit = parse_age(max_age) if max_age else None
    catalog = Catalog(root)
    names = [name] if name else catalog.names()
    if not names and limit:
        raise DataError("no dataset has a snapshot", given=catalog.shelf.root, change="`mlops data pipeline CONFIG`")
    found = status_of(catalog, names, now(), limit)
    unfinished = catalog.unfinished()
    if as_json:
        root = catalog.shelf.root
        show({"root": root, "datasets": [one.as_dict() for one in found], "unfinished": unfinished})
    else:
        rows = [
            [one.name, key_of(one.newest), age_text(one.age), one.rows, one.labelled, one.snapshots,
             f"older than {max_age}" if one.stale else "ok"]
            for one in found
        ]  # fmt: skip
        table(["dataset", "newest", "age", "rows", "labelled", "snapshots", "state"], rows)
        for folder in unfinished:
            print(f"unfinished: {catalog.shelf.root}/{folder}")
    raise typer.Exit(1 if any(one.stale for one in found) else 0)


@app.command(name="list")
def list_snapshots(
    name: Annotated[str, typer.Argument(help="Dataset.")], root: Root = None, as_json: Json = False
) -> None:
    """Every snapshot of a dataset, oldest first, also archived ones.

    Example: mlops data list churn
    """
    from jobs.datasets.catalog import Catalog
    from jobs.datasets.moment import key_of
    from jobs.settings import use_environment

    use_environment()
    catalog = Catalog(root)
    catalog.newest(name)
    snapshots = catalog.snapshots(name)
    manifests = catalog.manifests(snapshots)
    if as_json:
        show([
            {**manifest.as_dict(), "kept": one.kept, "path": f"{catalog.shelf.root}/{one.folder}"}
            for one, manifest in zip(snapshots, manifests, strict=True)
        ])  # fmt: skip
        return
    table(
        ["time", "kept", "rows", "labelled", "sha256", "source"],
        [
            [key_of(one.time), one.kept, manifest.rows, manifest.labelled, manifest.table_sha256[:12],
             manifest.source.get("path") or manifest.source.get("name") or manifest.source["kind"]]
            for one, manifest in zip(snapshots, manifests, strict=True)
        ],
    )  # fmt: skip


@app.command()
def read(
    name: Annotated[str, typer.Argument(help="Dataset.")],
    as_of: Annotated[str | None, typer.Option(help="The snapshot that counted then; default: the newest.")] = None,
    features: Annotated[bool, typer.Option("--features", help="The encoded features, not the rows.")] = False,
    to: Annotated[Path | None, typer.Option(help="File to write: .csv or .parquet.")] = None,
    root: Root = None,
    as_json: Json = False,
) -> None:
    """The snapshot that counted at a time: its manifest, and its rows into a file that does not exist yet.

    Example: mlops data read churn --as-of 2026-11-20T12:00Z --to churn.csv
    """
    from jobs.datasets.catalog import Catalog
    from jobs.datasets.export import export
    from jobs.datasets.manifest import DATA, FEATURES
    from jobs.datasets.moment import key_of, parse_time
    from jobs.settings import use_environment

    use_environment()
    catalog = Catalog(root)
    snapshot = catalog.newest(name, parse_time(as_of) if as_of else None)
    manifest = catalog.manifest(snapshot)
    if to:
        export(catalog.read(snapshot, FEATURES if features else DATA), to)
    if as_json:
        show({**manifest.as_dict(), "kept": snapshot.kept, "path": f"{catalog.shelf.root}/{snapshot.folder}", "to": to})
        return
    print(f"{name} of {key_of(snapshot.time)}: {manifest.rows} rows, table sha256 {manifest.table_sha256}")
    for file in manifest.files:
        print(f"  {file.name}: {file.size} bytes, sha256 {file.sha256}")
    if to:
        print(f"written to {to}")


@app.command()
def archive(
    older_than: Annotated[str, typer.Option(help="Age of the snapshots to archive.")] = "60d",
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without, only say what would be done.")] = False,
    root: Root = None,
    as_json: Json = False,
) -> None:
    """Compress old snapshots into the archive, read them back, then remove them; never the newest of a dataset.

    Archived snapshots are read as before. May be interrupted and run again.

    Example: mlops data archive --older-than 60d --apply
    """
    from jobs.datasets.catalog import Catalog
    from jobs.datasets.moment import now, parse_age
    from jobs.datasets.sweep import sweep
    from jobs.settings import use_environment

    use_environment()
    say = progress(as_json)
    swept = sweep(Catalog(root), now(), parse_age(older_than), apply, say)
    if as_json:
        show(swept.as_dict())
    else:
        print(
            f"{len(swept.done)} snapshots archived, {swept.before} bytes → {swept.after}; {len(swept.failed)} failed"
            if apply
            else f"{len(swept.due)} snapshots to archive; nothing was changed, --apply does it"
        )
    raise typer.Exit(1 if swept.failed else 0)


def _recent(data: str | None) -> str:
    """Address of the newest table below current/. Raises DataError when there is none, ConfigError beside `--data`."""
    from jobs.drift.check import newest
    from jobs.drift.stored import store_at
    from jobs.errors import ConfigError, DataError
    from jobs.places import bucket

    if data:
        raise ConfigError("two tables to check", given=f"--recent and --data {data}", allowed="one of them")
    shelf = store_at(bucket("features"))
    found = newest(shelf)
    if found is None:
        raise DataError(
            "there is no recent data", given=f"{shelf.root}/current/", change="`mlops monitor run` puts it there"
        )
    return found
