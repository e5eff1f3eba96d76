"""Fits the feature specification on rows."""

from __future__ import annotations

from jobs.datasets.table import Table
from jobs.features.spec import CategoricalFeature, Feature, FeatureSpec, NumericFeature


def fit_features(table: Table) -> FeatureSpec:
    """Categories are the schema's, or the values of the rows given; sorted. Any other value is unknown later."""
    features: list[Feature] = []
    for column in table.schema.columns:
        if column.kind == "numeric":
            features.append(NumericFeature(column.name, column.nullable))
        else:
            found = {value for value in table.columns[column.name] if value is not None}
            features.append(CategoricalFeature(column.name, tuple(sorted(column.categories or found)), column.nullable))
    return FeatureSpec(tuple(features))
