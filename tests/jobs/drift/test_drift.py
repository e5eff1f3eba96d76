"""Drift that was planted in the real table is found, where it is and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jobs.datasets.table import Table
from jobs.drift.config import CategoricalTest, NumericTest
from tests.jobs.drift.tables import changed, feature, halves, moved, report

Planted = dict[str, Any]


def plant(table: Table) -> Planted:
    """One change of each kind, by the feature it is in."""
    contract = table.columns["contract"].copy()
    contract[:80] = "Five years"
    payment = table.columns["payment_method"].copy()
    payment[:300] = "Mailed check"
    total = table.columns["total_charges"].copy()
    total[:50] = np.nan
    monthly = table.columns["monthly_charges"]
    return {
        "contract": contract, "payment_method": payment, "total_charges": total,
        "monthly_charges": monthly + monthly.std() / 2,
    }  # fmt: skip


def test_windows_of_the_same_table_are_stable(telco: Table) -> None:
    for seed in range(5):
        said = report(*halves(telco, seed))
        assert (said["verdict"], moved(said), said["reasons"]) == ("stable", [], [])


@pytest.mark.parametrize("name", ["contract", "payment_method", "total_charges", "monthly_charges"])
def test_each_kind_of_planted_drift_is_found_in_its_feature_alone(telco: Table, name: str) -> None:
    one, other = halves(telco)
    said = report(one, changed(other, **{name: plant(other)[name]}))
    assert (said["verdict"], said["drifted"], moved(said), said["moved"]) == ("drift", True, [name], 1)
    assert said["features"][0]["feature"] == name


def test_the_test_that_finds_it_says_what_happened(telco: Table) -> None:
    one, other = halves(telco)
    said = report(one, changed(other, **plant(other)))
    found = {name: {test["test"] for test in feature(said, name)["tests"] if test["drifted"]} for name in plant(other)}
    assert found == {
        "contract": {"chi_square", "new"}, "payment_method": {"chi_square"}, "total_charges": {"missing"},
        "monthly_charges": {"ks"},
    }  # fmt: skip
    assert feature(said, "contract")["new"] == ["Five years"]
    assert feature(said, "contract")["newShare"] == pytest.approx(0.08)


@pytest.mark.parametrize("test", ["ks", "wasserstein", "psi", "jensen_shannon", "chi_square"])
def test_every_test_for_numbers_finds_half_a_deviation_and_nothing_without(telco: Table, test: NumericTest) -> None:
    one, other = halves(telco)
    values = other.columns["monthly_charges"]
    assert moved(report(one, other, numeric=test)) == []
    assert moved(report(one, changed(other, monthly_charges=values + values.std() / 2), numeric=test)) == [
        "monthly_charges"
    ]


@pytest.mark.parametrize("test", ["chi_square", "psi", "jensen_shannon"])
def test_every_test_for_categories_finds_a_shift_and_nothing_without(telco: Table, test: CategoricalTest) -> None:
    one, other = halves(telco)
    assert moved(report(one, other, categorical=test)) == []
    assert moved(report(one, changed(other, payment_method=plant(other)["payment_method"]), categorical=test)) == [
        "payment_method"
    ]


def test_a_rule_for_one_feature_changes_that_feature_only(telco: Table) -> None:
    one, other = halves(telco)
    window = changed(other, **plant(other))
    rules = {
        "contract": {"ignore": True},
        "payment_method": {"minimum_effect": 0.9},
        "monthly_charges": {"test": "psi"},
    }
    said = report(one, window, features=rules)
    assert sorted(moved(said)) == ["monthly_charges", "total_charges"]
    assert "contract" not in {each["feature"] for each in said["features"]}
    assert {test["test"] for test in feature(said, "monthly_charges")["tests"]} == {"psi"}


def test_a_difference_too_small_to_matter_is_no_drift_however_many_rows_show_it(telco: Table) -> None:
    one = telco.take(np.tile(np.arange(telco.rows), 40))
    tenure = one.columns["tenure"].copy()
    tenure[::150] = 0.0
    other = changed(one, tenure=tenure)
    assert moved(report(one, other, maximum_repeats=1.0, minimum_effect=0.0)) == ["tenure"]
    assert report(one, other, maximum_repeats=1.0)["verdict"] == "stable"


def test_the_same_rows_give_the_same_report(telco: Table) -> None:
    one, other = halves(telco)
    assert report(one, other) == report(one, other)


def test_a_window_that_is_too_small_decides_nothing(telco: Table) -> None:
    one, other = halves(telco)
    few = changed(other, **plant(other)).take(np.arange(200, 399))
    said = report(one, few)
    assert (said["verdict"], said["drifted"], moved(said)) == ("inconclusive", False, [])
    assert said["reasons"] == ["199 rows are too few; at least 200 are needed"]


def test_a_window_of_copies_decides_nothing(telco: Table) -> None:
    one, other = halves(telco)
    replayed = other.take(np.arange(1000) % 20)
    said = report(one, replayed)
    assert (said["verdict"], moved(said)) == ("inconclusive", [])
    assert said["reasons"][0].startswith("98% of the rows are copies of other rows (20 different among 1000)")


def test_a_table_that_naturally_repeats_its_rows_is_no_window_of_copies(telco: Table) -> None:
    small = telco.schema.model_copy(update={"columns": telco.schema.columns[:3]})
    one, other = (Table(small, {name: part.columns[name] for name in small.names()}, None) for part in halves(telco))
    assert report(one, other)["verdict"] == "stable"


@pytest.mark.parametrize(("name", "value"), [("tenure", 0.0), ("contract", "Month-to-month"), ("contract", "Unknown")])
def test_one_value_in_every_row_is_told_and_not_taken_for_drift(telco: Table, name: str, value: Any) -> None:
    one, other = halves(telco)
    said = report(one, changed(other, **{name: np.full_like(other.columns[name], value)}))
    assert (said["verdict"], said["drifted"]) == ("inconclusive", False)
    assert feature(said, name)["verdict"] == "inconclusive"
    assert feature(said, name)["reason"].startswith("every row has the ")
    assert str(value).removesuffix(".0") in feature(said, name)["reason"]
    assert feature(said, "monthly_charges")["verdict"] == "stable"


def test_one_value_in_every_row_does_not_hide_drift_elsewhere(telco: Table) -> None:
    one, other = halves(telco)
    window = changed(other, tenure=np.zeros(other.rows), payment_method=plant(other)["payment_method"])
    said = report(one, window)
    assert (said["verdict"], moved(said)) == ("drift", ["payment_method"])


def test_a_feature_that_is_missing_everywhere_has_drifted(telco: Table) -> None:
    one, other = halves(telco)
    said = report(one, changed(other, tenure=np.full(other.rows, np.nan)))
    assert moved(said) == ["tenure"]
    assert feature(said, "tenure")["missing"] == 1.0
    assert feature(said, "tenure")["statistics"] == {}
