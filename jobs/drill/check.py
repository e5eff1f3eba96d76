"""What of a journal a platform still has: sets are compared, not counts."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.drill.journal import Write
from jobs.drill.load import FILE

PAGE = 1000
READERS = 4


@dataclass(frozen=True)
class Found:
    """`lost`: no such run. `files`: the run is there, its file is not. `wrong`: run or file is another."""

    writes: tuple[Write, ...]
    lost: tuple[Write, ...]
    files: tuple[Write, ...]
    wrong: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """From the oldest write that is not there to the last that was acknowledged; 0 when all are."""
        missing = [one.time for one in (*self.lost, *self.files)]
        return self.writes[-1].time - min(missing) if missing else 0.0

    def missing_before(self, time: float) -> list[str]:
        """Runs that were acknowledged before this time and are not there as a whole."""
        return [one.run for one in (*self.lost, *self.files) if one.time < time]


def check(experiment: str, writes: Sequence[Write]) -> Found:
    """Every run and every file of the journal is read. Raises UnreachableError."""
    from mlflow import MlflowClient

    client = MlflowClient()
    there = {run.info.run_id: run for run in _runs(client, experiment)}
    present = [one for one in writes if one.run in there]
    wrong = [
        f"run {one.run}: not as it was written"
        for one in present
        if there[one.run].data.metrics != one.metrics
        or there[one.run].data.params != one.params
        or there[one.run].info.status != "FINISHED"
    ]
    with ThreadPoolExecutor(READERS, thread_name_prefix="check") as pool:
        files = list(pool.map(lambda one: _sha256(client, one), present))
    wrong += [
        f"run {one.run}: its file has sha256 {found}"
        for one, found in zip(present, files, strict=True)
        if one.file and found not in (None, one.file)
    ]
    return Found(
        tuple(writes), tuple(one for one in writes if one.run not in there),
        tuple(one for one, found in zip(present, files, strict=True) if one.file and found is None), tuple(wrong),
    )  # fmt: skip


def _runs(client: Any, experiment: str) -> Iterator[Any]:
    known = client.get_experiment_by_name(experiment)
    token = None
    while known:
        page = client.search_runs([known.experiment_id], max_results=PAGE, page_token=token)
        yield from page
        if not (token := page.token):
            return


def _sha256(client: Any, write: Write) -> str | None:
    """Of its file; None when it has none."""
    if write.file is None or not any(one.path == FILE for one in client.list_artifacts(write.run)):
        return None
    with tempfile.TemporaryDirectory(prefix="mlops-check-") as folder:
        return hashlib.sha256(Path(client.download_artifacts(write.run, FILE, folder)).read_bytes()).hexdigest()
