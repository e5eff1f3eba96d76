"""`mlops models export|import`."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.commands.model_options import open_registry
from jobs.commands.output import Json, progress, show
from jobs.errors import ConfigError

Target = Annotated[str, typer.Argument(help="A folder or s3://bucket/prefix.")]


def export(
    target: Target,
    names: Annotated[list[str] | None, typer.Argument(help="Models; default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Write models with their versions, runs and every file; the manifest with all digests comes last.

    Keep the sha256 that it prints: `mlops models import --sha256` then refuses anything else.

    Example: mlops models export registry-export churn-classifier
    """
    from jobs.datasets.shelf import shelf_of
    from jobs.registry.export import export as write
    from jobs.registry.live import live_models

    registry = open_registry()
    exported, sha256 = write(registry, names or live_models(), shelf_of(target), progress(as_json))
    files, versions = exported.files(), [one for model in exported.models for one in model.versions]
    if as_json:
        show({
            "target": target, "sha256": sha256, "models": [model.name for model in exported.models],
            "versions": len(versions), "files": len(files), "bytes": sum(file.bytes for file in files),
        })  # fmt: skip
    else:
        print(f"{target}: {len(exported.models)} models, {len(versions)} versions, {len(files)} files, sha256 {sha256}")


def bring_in(
    source: Target,
    sha256: Annotated[str, typer.Option(help="Of the manifest, as the export printed it.")] = "",
    rename: Annotated[list[str] | None, typer.Option(help="old=new, if a model shall have another name.")] = None,
    as_json: Json = False,
) -> None:
    """Bring an export into this registry, byte by byte; what is here already is not made again.

    An alias that names a version here stays where it is; others are set as they were.

    Example: mlops models import registry-export --rename churn-classifier=churn-copy
    """
    from jobs.datasets.shelf import shelf_of
    from jobs.registry.exported import read_export
    from jobs.registry.importing import bring_in as read

    names: dict[str, str] = {}
    for text in rename or []:
        old, sign, new = text.partition("=")
        if not (old and sign and new):
            raise ConfigError("this is no renaming", given=text, allowed="old=new")
        names[old] = new
    registry = open_registry()
    shelf = shelf_of(source)
    exported, found = read_export(shelf, sha256)
    results = read(registry, exported, found, shelf, names, progress(as_json))
    if as_json:
        show({"sha256": found, "models": [vars(one) for one in results]})
        return
    for one in results:
        print(f"{one.name}: {len(one.made)} of {len(one.versions)} versions made, aliases {one.aliases or 'unchanged'}")
        if one.left:
            print(f"  left as they are here: {', '.join(one.left)}")
