"""Makes a version's model smaller and no slower, proves that it predicts the same, registers it as a new version."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jobs.audit.trail import Trail
from jobs.bundle.digest import BUNDLE_TAG
from jobs.bundle.files import ARTIFACT_PATH
from jobs.bundle.prediction import TOLERANCE
from jobs.bundle.scorer import Scorer, load_scorer
from jobs.datasets.source import Source
from jobs.errors import RegistryError
from jobs.features.encoder import Matrix
from jobs.registry.export import files_at
from jobs.registry.graph import smaller
from jobs.registry.held_out import CONFIG_FILE, config_text, recorded
from jobs.registry.live import ANCHOR_TAG
from jobs.registry.upload import upload
from jobs.training.record import DATA_TAG, ROLE, SOURCE_TAG
from jobs.training.runs import log, open_run

if TYPE_CHECKING:
    from jobs.registry.versions import Registry, Version

# On an optimized version: the bundle that it was made of.
OPTIMIZED_TAG = "mlops.optimized_from"
# Shares of the figure before: less shrinking is not worth a version, and timings vary by the rest.
SMALLER, SLOWER = 0.95, 1.25
ROUNDS = 30
# Of loading, one row and a batch in each round: the shorter, the more often.
TIMES = (1, 20, 2)
BATCH = 1000


@dataclass(frozen=True)
class Figures:
    """Of one model: bytes of `model.onnx`; seconds, the least of many rounds, to load it and to predict."""

    bytes: int
    load_s: float
    row_s: float
    batch_s: float


@dataclass(frozen=True)
class Optimized:
    """Before and after, and the proof; `made` is false when the version was there already."""

    version: str
    made: bool
    before: Figures
    after: Figures
    rows: int
    difference: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def optimize(registry: Registry, version: Version, data: Source | None = None) -> Optimized:
    """The optimized version. Raises RegistryError when it is not smaller, is slower, or predicts anything else."""
    old = registry.verify(version)
    files = dict(files_at(registry.location(version)))
    key = f"{ARTIFACT_PATH}/model.onnx"
    content = smaller(files[key])
    if len(content) > SMALLER * len(files[key]):
        raise _refused(version, "its model cannot be made smaller", f"{len(content)} of {len(files[key])} bytes")
    table = recorded(registry, version, data).table
    with tempfile.TemporaryDirectory(prefix="mlops-optimize-") as folder:
        root = Path(folder)
        for path, one in {**files, key: content}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(one)
        new = load_scorer(root / ARTIFACT_PATH)
        # MLflow's description of the model names the digest, too.
        (root / "MLmodel").write_bytes(files["MLmodel"].replace(version.bundle.encode(), new.digest.encode()))
        matrix = with_gaps(old.encoder.columns(table.columns), old)
        difference = prove_equal(old, new, matrix)
        before, after = measure(old, files[key], new, content, matrix)
        slower = [
            name for name in ("load_s", "row_s", "batch_s") if getattr(after, name) > SLOWER * getattr(before, name)
        ]
        if slower:
            raise _refused(version, "its smaller model is slower", {name: getattr(after, name) for name in slower})
        known = [one for one in registry.versions(version.name) if one.bundle == new.digest]
        made = known[0] if known else _register(registry, version, new.digest, root)
    if not known or ANCHOR_TAG not in made.tags:
        entry = Trail.open().append(
            "version.optimized", f"{made.name}/{made.version}", of=version.version, bundle=new.digest,
            rows=len(matrix), difference=difference, bytes_before=before.bytes, bytes_after=after.bytes,
        )  # fmt: skip
        registry.tag(made.name, made.version, {ANCHOR_TAG: entry.anchor})
    return Optimized(made.version, not known, before, after, len(matrix), difference)


def prove_equal(old: Scorer, new: Scorer, matrix: Matrix) -> float:
    """Largest difference of the probabilities. Raises RegistryError above the tolerance or with another label."""
    one, other = old.probabilities(matrix), new.probabilities(matrix)
    difference = float(np.max(np.abs(one - other)))
    labels = int(np.count_nonzero((one >= old.manifest.threshold) != (other >= new.manifest.threshold)))
    if not difference <= TOLERANCE or labels:
        raise RegistryError(
            "the smaller model does not predict the same; nothing was registered",
            given=f"difference {difference:.3g}, {labels} other labels on {len(matrix)} rows",
            allowed=f"at most {TOLERANCE:g} and no other label",
        )
    return difference


def with_gaps(matrix: Matrix, scorer: Scorer) -> Matrix:
    """Every row; and the first ones again without any category, and with each number missing that may be."""
    first = matrix[:64]
    categories = [place for place, name in enumerate(scorer.manifest.features.columns) if "=" in name]
    blank = first.copy()
    blank[:, categories] = 0
    parts = [matrix, blank]
    nullable = {one.name for one in scorer.manifest.features.features if one.nullable}
    for place, name in enumerate(scorer.manifest.features.columns):
        if name in nullable:
            gap = first.copy()
            gap[:, place] = np.nan
            parts.append(gap)
    return np.concatenate(parts)


def measure(old: Scorer, old_bytes: bytes, new: Scorer, new_bytes: bytes, matrix: Matrix) -> tuple[Figures, Figures]:
    """Both in turns, so that a busy machine is busy for both."""
    calls: list[list[Callable[[], object]]] = [
        [
            partial(Scorer, scorer.manifest, content), partial(scorer.probabilities, matrix[:1]),
            partial(scorer.probabilities, matrix[:BATCH]),
        ]
        for scorer, content in ((old, old_bytes), (new, new_bytes))
    ]  # fmt: skip
    least = [[math.inf] * 3, [math.inf] * 3]
    for _ in range(ROUNDS):
        for side, three in enumerate(calls):
            for place, (call, times) in enumerate(zip(three, TIMES, strict=True)):
                for _ in range(times):
                    begun = time.perf_counter()
                    call()
                    least[side][place] = min(least[side][place], time.perf_counter() - begun)
    return Figures(len(old_bytes), *least[0]), Figures(len(new_bytes), *least[1])


def _register(registry: Registry, version: Version, digest: str, folder: Path) -> Version:
    from mlflow import MlflowClient

    client = MlflowClient()
    assert version.run_id
    run = registry.run(version.run_id)
    kept = {key: run.data.tags[key] for key in (DATA_TAG, SOURCE_TAG) if key in run.data.tags}
    origin = {BUNDLE_TAG: digest, OPTIMIZED_TAG: version.bundle}
    with open_run(client, run.info.experiment_id, f"optimized-{version.version}") as run_id:
        log(client, run_id, dict(run.data.params), dict(run.data.metrics), {**kept, **origin, ROLE: "optimized"})
        client.log_text(run_id, config_text(registry, version), CONFIG_FILE)
        location, model_id = upload(run.info.experiment_id, run_id, folder)
        libraries = {key: value for key, value in version.tags.items() if key.startswith("mlops.library.")}
        tags = {**libraries, DATA_TAG: version.tags.get(DATA_TAG, ""), **origin}
        number = registry.create(version.name, location, run_id, tags, model_id)
    return registry.find(version.name, number)


def _refused(version: Version, problem: str, given: object) -> RegistryError:
    return RegistryError(f"{problem}; nothing was registered", given=f"{version.name} {version.version}: {given}")
