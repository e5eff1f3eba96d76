"""How often the gate is wrong, what the audit trail costs, what optimizing gains: `python -m benchmarks.registry`.

The gate's models are simulated, because only then is it known which of two is better: normal scores, probabilities by
Bayes' rule, 1,409 held-out rows with 374 positive as of the Telco table, the noise of both models correlated by 0.9.
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np

from jobs.audit.trail import Trail
from jobs.bundle.scorer import Scorer, load_scorer
from jobs.config import load
from jobs.datasets.validate import validate
from jobs.registry.gate import Rule, Side, judge
from jobs.registry.graph import smaller
from jobs.registry.optimization import measure, prove_equal, with_gaps
from jobs.training.config import Costs, Experiment
from jobs.training.experiment import train

CONFIG = Path(__file__).parents[1] / "configs" / "churn-experiment.yaml"
ROWS, POSITIVE, CORRELATED = 1409, 374, 0.9
PAIRS, ENTRIES = 400, 200
FAST = Rule(replicates=500)


def gate(skill: float, better: float, generator: np.random.Generator, rule: Rule = FAST) -> bool:
    """One challenge; `skill` is the distance of the classes in standard deviations, the challenger's is larger."""
    labels = np.zeros(ROWS, np.int8)
    labels[:POSITIVE] = 1
    shared, own = generator.normal(size=ROWS), generator.normal(size=(2, ROWS))
    sides = []
    for distance, noise in ((skill, own[0]), (skill + better, own[1])):
        score = labels * distance + np.sqrt(CORRELATED) * shared + np.sqrt(1 - CORRELATED) * noise
        odds = POSITIVE / (ROWS - POSITIVE) * np.exp(distance * score - distance**2 / 2)
        sides.append(Side(odds / (1 + odds), 1 / 6))
    costs = Costs(false_positive=1, false_negative=5)
    return judge(labels, sides[0], sides[1], "average_precision", costs, 1, rule).passed


def trail(writers: int) -> float:
    """Entries a second in a folder."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(writers) as pool:
        begun = time.perf_counter()
        list(pool.map(lambda number: Trail.open(folder).append("test", "thing", number=number), range(ENTRIES)))
        return ENTRIES / (time.perf_counter() - begun)


def verify() -> float:
    """Seconds to check 1,000 entries."""
    with tempfile.TemporaryDirectory() as folder:
        one = Trail.open(folder)
        for number in range(1000):
            one.append("test", "thing", number=number)
        begun = time.perf_counter()
        assert one.check()[1] == []
        return time.perf_counter() - begun


def main() -> None:
    for better in (0.0, 0.1, 0.2, 0.3):
        generator = np.random.default_rng(20261121)
        share = sum(gate(1.4, better, generator) for _ in range(PAIRS)) / PAIRS
        print(f"gate: challenger better by {better:.1f} sigma: promoted in {share:.1%} of {PAIRS}", flush=True)
    begun = time.process_time()
    gate(1.4, 0.0, np.random.default_rng(1), Rule())
    print(f"gate: a judgement takes {time.process_time() - begun:.2f} s of CPU", flush=True)
    for writers in (1, 4):
        print(f"trail: {median(trail(writers) for _ in range(3)):.0f} entries/s with {writers} writers", flush=True)
    print(f"trail: 1,000 entries verified in {verify():.2f} s", flush=True)
    experiment = load(Experiment, CONFIG)
    table = validate(experiment.data.read(), experiment.table, "telco")
    with tempfile.TemporaryDirectory() as folder:
        for trained in train(experiment, table, Path(folder), lambda _: None):
            old = load_scorer(trained.folder)
            content = (trained.folder / "model.onnx").read_bytes()
            new = Scorer(old.manifest, small := smaller(content))
            matrix = with_gaps(old.encoder.columns(table.columns), old)
            before, after = measure(old, content, new, small, matrix)
            print(
                f"{trained.candidate.kind}: {before.bytes} → {after.bytes} bytes, load {before.load_s * 1e3:.2f} → "
                f"{after.load_s * 1e3:.2f} ms, 1,000 rows {before.batch_s * 1e3:.2f} → {after.batch_s * 1e3:.2f} ms, "
                f"{prove_equal(old, new, matrix):.1e} apart at most on {len(matrix)} rows"
            )


if __name__ == "__main__":
    main()
