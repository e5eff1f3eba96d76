"""Brings an export into this registry: every file byte by byte, proven by reading it back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.audit.trail import Trail
from jobs.datasets.shelf import Shelf
from jobs.errors import RegistryError
from jobs.registry.exported import Exported, ExportedModel, ExportedRun, ExportedVersion, File, read_file
from jobs.registry.live import ANCHOR_TAG
from jobs.registry.moves import Move, carry_out
from jobs.registry.upload import upload
from jobs.training.runs import experiment_id_of, log, open_run

if TYPE_CHECKING:
    from jobs.registry.versions import Registry, Version

Say = Callable[[str], None]
# On an imported version: what it was, so that a second import of the same finds it.
ORIGIN_TAG = "mlops.imported_from"


@dataclass(frozen=True)
class Imported:
    """Of one model: number there → number here, whether it was made now, and what became of the aliases."""

    name: str
    versions: dict[str, str]
    made: tuple[str, ...]
    aliases: dict[str, str]
    left: tuple[str, ...]


def bring_in(
    registry: Registry, exported: Exported, sha256: str, shelf: Shelf, rename: dict[str, str], say: Say
) -> list[Imported]:
    """Versions that are here already are not made again; an alias that names something here stays.

    Every file is checked before the first version is made. Raises RegistryError, naming the file.
    """
    for file in {one.sha256: one for one in exported.files()}.values():
        read_file(shelf, file)
    unknown = sorted(rename.keys() - {model.name for model in exported.models})
    if unknown:
        raise RegistryError(
            "the export has no such model", given=unknown, allowed=[model.name for model in exported.models]
        )
    return [_model(registry, one, rename.get(one.name, one.name), sha256, shelf, say) for one in exported.models]


def _model(
    registry: Registry, model: ExportedModel, name: str, sha256: str, shelf: Shelf, say: Say
) -> Imported:  # fmt: skip
    trail = Trail.open()
    here = {one.tags.get(ORIGIN_TAG): one for one in registry.versions(name, missing_ok=True)}
    numbers: dict[str, str] = {}
    made: list[str] = []
    for version in model.versions:
        origin = f"{sha256}:{model.name}/{version.version}"
        known = here.get(origin)
        if known is None:
            known = _version(registry, name, version, origin, shelf)
            made.append(known.version)
            say(f"{name} version {known.version} is {model.name} version {version.version}, {len(version.files)} files")
        _told(registry, trail, known, version.note)
        numbers[version.version] = known.version
    if made and not registry.model(name).description:
        registry.describe_model(name, model.note, model.tags)
    aliases, left = _aliases(registry, trail, name, model, numbers)
    return Imported(name, numbers, tuple(made), aliases, left)


def _version(registry: Registry, name: str, version: ExportedVersion, origin: str, shelf: Shelf) -> Version:
    from mlflow import MlflowClient

    client = MlflowClient()
    run = version.run or ExportedRun(
        run_id="", experiment=name, name="imported", start=0, params={}, metrics={}, tags={}, files=()
    )
    experiment = experiment_id_of(client, run.experiment)
    with (
        tempfile.TemporaryDirectory(prefix="mlops-import-") as folder,
        open_run(client, experiment, run.name) as run_id,
    ):
        log(client, run_id, dict(run.params), dict(run.metrics), {**run.tags, ORIGIN_TAG: f"{origin} run {run.run_id}"})
        for file in run.files:
            client.log_artifacts(run_id, str(_lay_out(shelf, (file,), Path(folder) / "run" / file.sha256)))
        model = _lay_out(shelf, version.files, Path(folder) / "model")
        location, model_id = upload(experiment, run_id, model)
        tags = {key: value for key, value in version.tags.items() if key != ANCHOR_TAG} | {ORIGIN_TAG: origin}
        number = registry.create(name, location, run_id, tags, model_id)
    return registry.find(name, number)


def _told(registry: Registry, trail: Trail, version: Version, note: str) -> None:
    """What comes after the creation; an earlier import may have ended before it."""
    if note and not version.note:
        registry.describe(version.name, version.version, note)
    if ANCHOR_TAG not in version.tags:
        entry = trail.append(
            "version.imported", f"{version.name}/{version.version}", origin=version.tags[ORIGIN_TAG],
            run=version.run_id, bundle=version.bundle,
        )  # fmt: skip
        registry.tag(version.name, version.version, {ANCHOR_TAG: entry.anchor})


def _aliases(
    registry: Registry, trail: Trail, name: str, model: ExportedModel, numbers: dict[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    moved: dict[str, str] = {}
    left: list[str] = []
    for alias, there in sorted(model.aliases.items()):
        holder = registry.holder(name, alias)
        if holder is not None and holder.version != numbers[there]:
            left.append(alias)
        elif holder is None:
            move = Move(alias, registry.find(name, numbers[there]), None, "import")
            carry_out(registry, trail, move, {})
            moved[alias] = numbers[there]
    return moved, tuple(left)


def _lay_out(shelf: Shelf, files: tuple[File, ...], folder: Path) -> Path:
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(read_file(shelf, file))
    return folder
