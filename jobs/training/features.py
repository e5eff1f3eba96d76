"""Fits the feature specification on the training rows."""

from __future__ import annotations

from jobs.datasets.table import Table
from jobs.features.spec import CategoricalFeature, Feature, FeatureSpec, NumericFeature


def fit_features(table: Table) -> FeatureSpec:
    """Categories are the sorted values of the rows given; later ones are unknown."""
    features: list[Feature] = []
    for column in table.schema.columns:
        if column.kind == "numeric":
            features.append(NumericFeature(column.name, column.nullable))
        else:
            categories = tuple(sorted({value for value in table.columns[column.name] if value is not None}))
            features.append(CategoricalFeature(column.name, categories, column.nullable))
    return FeatureSpec(tuple(features))
