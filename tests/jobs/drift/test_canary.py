"""Drifts that are planted to see whether the check would find them."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.datasets.table import Table
from jobs.drift.canary import canaries, tilted
from jobs.drift.config import DriftConfig, FeatureRule
from jobs.drift.reference import Reference, summarise


@pytest.fixture(scope="module")
def reference(telco: Table) -> Reference:
    return summarise(telco)


def test_in_a_window_of_a_thousand_rows_every_planted_drift_is_found(reference: Reference) -> None:
    found = canaries(reference, 1_000, DriftConfig(), seed=1)

    assert (found.planted, found.missed) == (len(reference.features), ())


def test_a_check_that_is_blind_misses_them_all(reference: Reference) -> None:
    for config, rows in ((DriftConfig(minimum_effect=0.99), 1_000), (DriftConfig(), 199)):
        found = canaries(reference, rows, config, seed=1)
        assert len(found.missed) == found.planted > 0


def test_a_weaker_check_misses_some_and_names_them(reference: Reference) -> None:
    found = canaries(reference, 1_000, DriftConfig(minimum_effect=0.2), seed=1)

    assert 0 < len(found.missed) < found.planted
    assert set(found.missed) < set(reference.features)
    assert found.as_dict()["found"] == found.planted - len(found.missed)


def test_a_feature_that_is_ignored_or_has_one_value_gets_none(telco: Table, reference: Reference) -> None:
    constant = Table(telco.schema, {**telco.columns, "tenure": np.ones(telco.rows)}, telco.labels)
    config = DriftConfig(features={"contract": FeatureRule(ignore=True)})

    assert canaries(summarise(constant), 1_000, config, seed=1).planted == len(reference.features) - 2


def test_the_same_seed_plants_the_same_and_another_another(reference: Reference) -> None:
    config = DriftConfig(minimum_effect=0.2)

    once, again, other = (canaries(reference, 300, config, seed=seed).missed for seed in (1, 1, 2))
    assert once == again
    assert once != other


@pytest.mark.parametrize("shares", [[0.7, 0.2, 0.1], [0.05, 0.05, 0.9]])
def test_shares_are_tilted_by_as_many_deviations_as_is_said(shares: list[float]) -> None:
    before, signal = np.array(shares), np.array([1.0, 2.0, 5.0])
    deviation = np.sqrt(before @ (signal - before @ signal) ** 2)

    after = tilted(before, signal, 0.5)

    assert after.sum() == pytest.approx(1)
    assert abs(after @ signal - before @ signal) == pytest.approx(0.5 * deviation)
