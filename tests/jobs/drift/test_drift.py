from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.datasets.table import Table
from jobs.drift.psi import drift_report, psi
from jobs.drift.reference import reference_of
from jobs.training.config import Experiment
from tests.jobs.support import mlops

shares = st.lists(st.floats(0.01, 1), min_size=2, max_size=10).map(lambda xs: [x / sum(xs) for x in xs])


@given(shares)
def test_equal_shares_have_no_drift(one: list[float]) -> None:
    assert psi(one, one) == 0


@given(shares, st.integers(0, 9))
def test_drift_is_symmetric_and_never_negative(one: list[float], turn: int) -> None:
    other = one[turn % len(one) :] + one[: turn % len(one)]
    assert psi(one, other) >= 0
    assert psi(one, other) == pytest.approx(psi(other, one))


def halves(telco: Table) -> tuple[Table, Table]:
    rows = np.random.default_rng(3).permutation(telco.rows)
    return telco.take(rows[:3500]), telco.take(rows[3500:])


def changed(table: Table, **columns: Any) -> Table:
    return Table(table.schema, {**table.columns, **columns}, table.labels)


def moved(report: dict[str, Any]) -> list[str]:
    return [one["feature"] for one in report["features"] if one["drifted"]]


def test_two_halves_of_the_real_table_do_not_drift(telco: Table) -> None:
    one, other = halves(telco)
    assert moved(drift_report(reference_of(one), other)) == []


def test_each_kind_of_planted_drift_is_found_in_its_feature_alone(telco: Table) -> None:
    one, other = halves(telco)
    reference = reference_of(one)
    contract = other.columns["contract"].copy()
    contract[:1500] = "Five years"
    charges = other.columns["total_charges"].copy()
    charges[:1000] = np.nan
    monthly = other.columns["monthly_charges"] + 0.6 * np.std(other.columns["monthly_charges"])
    for name, values in (("contract", contract), ("total_charges", charges), ("monthly_charges", monthly)):
        report = drift_report(reference, changed(other, **{name: values}))
        assert moved(report) == [name]
        assert report["drifted"]
    report = drift_report(reference, changed(other, contract=contract))
    assert report["features"][0]["new"] == ["Five years"]


@pytest.mark.usefixtures("registry")
def test_the_command_reports_on_a_file_against_the_champion(experiment: Experiment, tmp_path: Path) -> None:
    assert not mlops("drift", "check", "--current", "telco", "--json").json["drifted"]
    frame = experiment.data.read()
    frame["tenure"] = frame["tenure"] // 3
    frame.to_csv(tmp_path / "current.csv", index=False)
    said = mlops("drift", "check", "--current", str(tmp_path / "current.csv"), "--fail", "--json")
    assert said.code == 1
    assert said.json["features"][0]["feature"] == "tenure"


@pytest.mark.usefixtures("registry")
def test_current_data_of_another_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "current.csv").write_text("tenure\nlong\n")
    said = mlops("drift", "check", "--current", str(tmp_path / "current.csv"))
    assert said.code == 1
    assert "column 'contract' is missing" in said.err
