"""A fitted estimator → bundle folder, after proof that it predicts what the library predicts."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np

from jobs.bundle.digest import bundle_digest
from jobs.bundle.manifest import GoldenRow, Manifest
from jobs.bundle.prediction import TOLERANCE
from jobs.bundle.scorer import Scorer, load_scorer
from jobs.datasets.table import Table
from jobs.drift.reference import Predicted, reference_of
from jobs.errors import TrainingError
from jobs.features.encoder import Encoder, Matrix
from jobs.features.spec import FeatureSpec
from jobs.training.config import CandidateConfig, Experiment
from jobs.training.fitted import Fitted

GOLDEN_ROWS = 6
RUNTIME_LIBRARIES = ("numpy", "onnxruntime")


def prove_conversion(fitted: Fitted, scorer: Scorer, matrix: Matrix) -> float:
    """Largest difference between library and ONNX on these rows. Raises TrainingError above the tolerance."""
    difference = np.abs(fitted.probabilities(matrix) - scorer.probabilities(matrix))
    worst = int(np.argmax(difference))
    if not difference[worst] <= TOLERANCE:
        raise TrainingError(
            "the converted model does not predict what the library predicts",
            given=f"difference {difference[worst]:.3g} on row {worst + 1}",
            allowed=f"at most {TOLERANCE:g} on every row",
            change="this candidate cannot be served; use another kind or version",
        )
    return float(difference[worst])


def write_bundle(
    folder: Path,
    experiment: Experiment,
    candidate: CandidateConfig,
    spec: FeatureSpec,
    fitted: Fitted,
    threshold: float,
    table: Table,
    reference: Table,
    predicted: Predicted,
) -> tuple[str, float]:
    """Writes the bundle, then loads it back as the server will → its digest and the largest conversion difference.

    Drift will be measured against the rows of `reference` and `predicted`, which is of held-out rows. The proof is on
    every row of `table`, one with unseen categories only, and rows with missing numbers.
    """
    encoder = Encoder(spec)
    golden = _golden_records(table)
    expected = fitted.probabilities(encoder.records(golden))
    manifest = Manifest(
        name=experiment.experiment,
        estimator=candidate.kind,
        threshold=threshold,
        positive=experiment.table.label.positive,
        negative=experiment.table.label.negative,
        features=spec,
        libraries={name: version(name) for name in sorted({*fitted.libraries, *RUNTIME_LIBRARIES})},
        data_sha256=table.digest(),
        golden=tuple(GoldenRow(record, float(p)) for record, p in zip(golden, expected, strict=True)),
        reference=reference_of(reference, predicted),
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bundle.json").write_text(manifest.to_text())
    (folder / "model.onnx").write_bytes(fitted.to_onnx(encoder.width))
    digest = bundle_digest(folder)
    scorer = load_scorer(folder, digest)
    rows = encoder.columns(table.columns)
    blank = np.zeros_like(rows[:1])
    missing = rows[:64].copy()
    for place, name in enumerate(spec.columns):
        if "=" not in name and name in experiment.table.names("numeric"):
            missing[place % len(missing), place] = np.nan
    return digest, prove_conversion(fitted, scorer, np.concatenate([rows, blank, missing]))


def _golden_records(table: Table) -> list[dict[str, object]]:
    """Rows spread over the table, the first with a gap if there is one, and one with unseen categories."""
    spread = np.linspace(0, table.rows - 1, num=min(GOLDEN_ROWS - 2, table.rows)).astype(np.intp)
    records = table.records(spread)
    gaps = [
        row
        for name in table.schema.names("numeric")
        for row in np.flatnonzero(np.isnan(table.columns[name]))[:1].tolist()
    ]
    if gaps:
        records.append(table.record(min(gaps)))
    unseen = dict(records[0])
    unseen.update(dict.fromkeys(table.schema.names("categorical"), "never seen before"))
    return [*records, unseen]
