"""Writes registered models with every file to a folder or the store; the manifest last, when all is there."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.audit.trail import Trail
from jobs.datasets.shelf import Shelf
from jobs.errors import RegistryError
from jobs.registry.exported import MANIFEST, Exported, ExportedModel, ExportedRun, ExportedVersion, File, key_of
from jobs.registry.held_out import CONFIG_FILE
from jobs.training.runs import PARENT_TAG

if TYPE_CHECKING:
    from jobs.registry.versions import Registry, Version

Say = Callable[[str], None]


def export(registry: Registry, names: Sequence[str], shelf: Shelf, say: Say) -> tuple[Exported, str]:
    """The export and the sha256 of its manifest. An interrupted one goes on where it was.

    Raises RegistryError when there is a finished one; then nothing was changed.
    """
    if MANIFEST in shelf.list_keys(MANIFEST):
        raise RegistryError(
            "there is an export already; nothing was changed", given=shelf.root, change="name a target of its own"
        )
    models = tuple(_model(registry, name, shelf, say) for name in names)
    exported = Exported(format=1, time=datetime.now(UTC).isoformat(), source=_tracking(), models=models)
    content = exported.to_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    Trail.open().append("registry.exported", ",".join(names), target=shelf.root, manifest_sha256=sha256)
    if not shelf.create(MANIFEST, content):
        raise RegistryError("another export to this target has ended meanwhile", given=shelf.root)
    return exported, sha256


def files_at(location: str) -> list[tuple[str, bytes]]:
    """Every file below an artifact location: path and content, sorted by path."""
    from mlflow.artifacts import download_artifacts

    with tempfile.TemporaryDirectory(prefix="mlops-export-") as folder:
        root = Path(download_artifacts(artifact_uri=location, dst_path=folder))
        found = sorted(path for path in root.rglob("*") if path.is_file())
        return [(path.relative_to(root).as_posix(), path.read_bytes()) for path in found]


def _model(registry: Registry, name: str, shelf: Shelf, say: Say) -> ExportedModel:
    versions = sorted(registry.versions(name), key=lambda one: int(one.version))
    model = registry.model(name)
    return ExportedModel(
        name=name, note=model.description or "", tags=dict(model.tags),
        aliases={alias: one.version for one in versions for alias in one.aliases},
        versions=tuple(_version(registry, one, shelf, say) for one in versions),
    )  # fmt: skip


def _version(registry: Registry, version: Version, shelf: Shelf, say: Say) -> ExportedVersion:
    files = _keep(shelf, files_at(registry.location(version)))
    say(f"{version.name} version {version.version}: {len(files)} files, {sum(one.bytes for one in files)} bytes")
    return ExportedVersion(
        version=version.version, created=version.created, note=version.note, tags=version.tags, files=files,
        run=_run(registry, version.run_id, shelf) if version.run_id else None,
    )  # fmt: skip


def _run(registry: Registry, run_id: str, shelf: Shelf) -> ExportedRun:
    run = registry.run(run_id)
    files = dict(files_at(run.info.artifact_uri) if registry.has_files(run_id) else [])
    parent = run.data.tags.get(PARENT_TAG)
    if CONFIG_FILE not in files and parent and registry.has_file(parent, CONFIG_FILE):
        with tempfile.TemporaryDirectory(prefix="mlops-export-") as folder:
            files[CONFIG_FILE] = registry.fetch_file(parent, CONFIG_FILE, Path(folder)).read_bytes()
    return ExportedRun(
        run_id=run_id, experiment=registry.experiment_name(run.info.experiment_id), name=run.info.run_name or "",
        start=run.info.start_time or 0, params=run.data.params, metrics=run.data.metrics,
        tags={key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")},
        files=_keep(shelf, files.items()),
    )  # fmt: skip


def _keep(shelf: Shelf, files: Any) -> tuple[File, ...]:
    kept = []
    for path, content in sorted(files):
        sha256 = hashlib.sha256(content).hexdigest()
        shelf.create(key_of(sha256), content)
        kept.append(File(path=path, bytes=len(content), sha256=sha256))
    return tuple(kept)


def _tracking() -> str:
    import mlflow

    return str(mlflow.get_tracking_uri())
