"""A candidate's model out of MLflow: its bundle and its MLflow folder, to a folder or into the store."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from jobs.bundle.digest import verify_digest
from jobs.bundle.files import ARTIFACT_PATH
from jobs.errors import DataError, TrainingError
from jobs.training.history import History, Ran

MANIFEST = "export.json"


def export(history: History, candidate: Ran, target: str, say: Callable[[str], None]) -> dict[str, object]:
    """`target/bundle/…`, `target/model/…` and, last, `target/export.json` with the sha256 of each file → its content.

    An export that was interrupted is completed by the same command; files that are there and differ are not touched.
    Raises TrainingError for those, BundleError when the bundle does not match the run's digest.
    """
    import mlflow

    with tempfile.TemporaryDirectory(prefix="mlops-export-") as name:
        folder = Path(name) / "export"
        got = mlflow.artifacts.download_artifacts(
            artifact_uri=history.model_location(candidate), dst_path=str(Path(name) / "downloaded")
        )
        shutil.copytree(got, folder / "model")
        shutil.copytree(folder / "model" / ARTIFACT_PATH, folder / "bundle")
        digest = verify_digest(folder / "bundle", candidate.bundle_sha256 or "")
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    manifest: dict[str, object] = {
        "run": candidate.run_id,
        "experiment": candidate.experiment,
        "candidate": candidate.name,
        "bundleSha256": digest,
        "dataSha256": candidate.data_sha256,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    # Last, so that an export without it is known to be incomplete.
    files[MANIFEST] = (json.dumps(manifest, indent=1) + "\n").encode()
    shelf = _Store(target) if target.startswith("s3://") else _Folder(target)
    other = [name for name, content in files.items() if shelf.read(name) not in (None, content)]
    if other:
        raise TrainingError(
            "the target holds something else", given=f"{target}: {', '.join(other[:3])}",
            allowed="a new folder, or one with the same export", change="name another target",
        )  # fmt: skip
    written = [shelf.write(name, content) for name, content in files.items()]
    say(f"{sum(written)} of {len(files)} files written to {target}, the others were there")
    return manifest


class _Folder:
    def __init__(self, target: str) -> None:
        self.root = Path(target)

    def read(self, name: str) -> bytes | None:
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TrainingError("the target is no folder that can be written", given=str(error)) from error

    def write(self, name: str, content: bytes) -> bool:
        if self.read(name) == content:
            return False
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: a torn file would be taken for other content by the next attempt.
        half = place.with_name(f".{place.name}.part")
        half.write_bytes(content)
        half.rename(place)
        return True


class _Store:
    def __init__(self, target: str) -> None:
        self.root = target.rstrip("/")

    def read(self, name: str) -> bytes | None:
        from jobs.store import read_object

        try:
            return read_object(f"{self.root}/{name}")
        except DataError:
            return None

    def write(self, name: str, content: bytes) -> bool:
        from jobs.store import create_object

        return create_object(f"{self.root}/{name}", content)
