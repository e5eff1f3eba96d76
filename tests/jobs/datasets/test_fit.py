from __future__ import annotations

import numpy as np
import pytest

from jobs.datasets.fit import fit_features
from jobs.datasets.schema import Column, Label, Schema
from jobs.datasets.table import Table


def table(values: list[str | None], categories: tuple[str, ...] | None = None) -> Table:
    column = Column(name="plan", kind="categorical", nullable=True, categories=categories)
    schema = Schema(label=Label(name="churn", positive="Yes", negative="No"), columns=(column,))
    return Table(schema, {"plan": np.array(values, dtype=object)}, None)


@pytest.mark.parametrize("rows", [["c", "a", None], ["a", "c", "c"], [None, "c", "a"]])
def test_categories_are_those_of_the_rows_in_one_order(rows: list[str | None]) -> None:
    assert fit_features(table(rows)).columns == ("plan=a", "plan=c")


@pytest.mark.parametrize("rows", [["c"], ["a", "b"], [None]])
def test_stated_categories_are_known_whatever_the_rows_have(rows: list[str | None]) -> None:
    assert fit_features(table(rows, ("c", "a", "b"))).columns == ("plan=a", "plan=b", "plan=c")


def test_a_column_without_a_value_has_no_category() -> None:
    assert fit_features(table([None, None])).columns == ()
