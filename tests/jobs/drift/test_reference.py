"""What is stored about a table: small, the same each time, and read back equal."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from jobs.datasets.schema import Column, Label, Schema
from jobs.datasets.table import Table
from jobs.drift.categories import categories_of
from jobs.drift.config import DriftConfig
from jobs.drift.legacy import read_reference
from jobs.drift.numbers import numbers_of
from jobs.drift.performance import performance_of
from jobs.drift.reference import Predicted, Reference, reference_of
from jobs.drift.report import drift_report
from jobs.drift.window import window_of
from tests.jobs.drift.tables import changed, halves, moved

Values = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")), st.integers(-3, 3).map(float)), max_size=400)


def predicted(table: Table, seed: int = 0) -> Predicted:
    return Predicted(np.random.default_rng(seed).random(table.rows), table.target, 0.5)


def test_a_reference_is_read_back_equal_and_the_same_table_gives_the_same(telco: Table) -> None:
    data = reference_of(telco, predicted(telco))
    assert data == reference_of(telco, predicted(telco))
    text = json.dumps(data, allow_nan=False)
    assert Reference.from_json(json.loads(text)).to_json() == data


def test_twenty_continuous_columns_take_less_than_a_hundred_kilobytes_in_a_bundle() -> None:
    random = np.random.default_rng(0)
    names = [f"feature_{place}" for place in range(20)]
    schema = Schema(
        label=Label(name="y", positive="1", negative="0"),
        columns=tuple(Column(name=name, kind="numeric") for name in names),
    )
    table = Table(schema, {name: random.normal(size=5_000) for name in names}, np.arange(5_000) % 2 == 0)
    assert len(json.dumps(reference_of(table, predicted(table)), sort_keys=True, indent=1)) < 100_000


@given(Values)
def test_every_present_value_is_counted_in_one_bin(values: list[float]) -> None:
    column = np.array(values, dtype=np.float64)
    known = numbers_of(column)
    present = column[~np.isnan(column)]
    assert known.missing == len(column) - len(present)
    assert known.count(present).tolist() == known.counts.tolist()
    assert known.counts.sum() == len(present)
    assert np.all(np.diff(known.points) > 0)
    assert len(known.counts) <= 200


def test_a_value_that_holds_much_of_the_rows_has_a_bin_of_its_own() -> None:
    values = np.concatenate([np.zeros(500), np.random.default_rng(0).exponential(size=500)])
    known = numbers_of(values)
    assert int(known.counts.max()) == 500
    assert known.count(np.full(7, 1e-9)).argmax() != known.counts.argmax()


def test_rare_categories_are_counted_together_and_do_not_grow_the_bundle() -> None:
    known = categories_of([f"id-{n}" for n in range(5_000)] + ["often"] * 10 + [None] * 3)
    assert (len(known.counts), known.other, known.missing, known.single) == (200, 4_801, 3, 5_000)
    assert next(iter(known.counts)) == "often"


def test_the_area_under_the_curve_is_that_of_scikit_learn_with_ties() -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 500)
    probabilities = np.array(
        [round(0.3 * label + 0.7 * luck, 1) for label, luck in zip(labels, random.random(500), strict=True)]
    )
    found = performance_of(probabilities, labels)
    assert found.roc_auc == pytest.approx(roc_auc_score(labels, probabilities))
    assert found.brier == pytest.approx(np.mean((probabilities - labels) ** 2))


def test_the_variance_of_the_area_is_what_repeated_samples_show() -> None:
    random = np.random.default_rng(1)
    found = []
    for _ in range(300):
        labels = np.arange(400) % 4 == 0
        found.append(performance_of(random.normal(labels.astype(np.float64)), labels))
    spread = np.var([one.roc_auc for one in found])
    assert np.mean([one.roc_auc_variance for one in found]) == pytest.approx(spread, rel=0.3)


def test_labels_of_one_class_are_refused() -> None:
    with pytest.raises(ValueError, match="both classes are needed twice; given 0 positive and 3 negative rows"):
        performance_of(np.zeros(3), np.zeros(3))


def first_format(table: Table) -> dict[str, Any]:
    """As bundles had it before counts were kept."""
    tenure, contract = table.columns["tenure"], table.columns["contract"]
    edges = sorted(set(np.quantile(tenure, np.arange(1, 10) / 10).tolist()))
    counts = np.bincount(np.searchsorted(edges, tenure, side="right"), minlength=len(edges) + 1)
    names, rows = np.unique(contract.astype(str), return_counts=True)
    return {
        "rows": table.rows,
        "features": {
            "tenure": {"kind": "numeric", "missing": 0.0, "edges": edges, "shares": (counts / table.rows).tolist(),
                       "mean": float(tenure.mean()), "deviation": float(tenure.std())},
            "contract": {"kind": "categorical", "missing": 0.0,
                         "shares": dict(zip(names.tolist(), (rows / table.rows).tolist(), strict=True))},
        },
    }  # fmt: skip


def test_a_bundle_of_the_first_format_still_finds_drift(telco: Table) -> None:
    one, other = halves(telco)
    reference, config = read_reference(first_format(one)), DriftConfig()
    assert drift_report(reference, window_of(other, reference, 1_000), config)["verdict"] == "stable"
    later = changed(other, tenure=other.columns["tenure"] // 2)
    assert moved(drift_report(reference, window_of(later, reference, 1_000), config)) == ["tenure"]


@pytest.mark.parametrize(
    "data", [{}, {"format": 3}, {"format": 2}, {"rows": 1}, {"rows": 2, "features": {"x": {"kind": "numeric"}}}]
)
def test_what_is_no_reference_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        read_reference(data)
