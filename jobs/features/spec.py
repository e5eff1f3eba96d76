"""What the encoder knows about each feature; frozen, and written into the bundle as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NumericFeature:
    """One column of the matrix; a missing value is NaN and the estimator's own matter."""

    name: str
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class CategoricalFeature:
    """One 0/1 column for each category; a missing or unknown category is all zeros."""

    name: str
    categories: tuple[str, ...]
    nullable: bool = False


Feature = NumericFeature | CategoricalFeature


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """The features in the order of the matrix."""

    features: tuple[Feature, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the raw fields."""
        return tuple(feature.name for feature in self.features)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the encoded columns, `field` or `field=category`."""
        names: list[str] = []
        for feature in self.features:
            if isinstance(feature, NumericFeature):
                names.append(feature.name)
            else:
                names.extend(f"{feature.name}={category}" for category in feature.categories)
        return tuple(names)

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data that `from_json` reads back to an equal spec."""
        return [
            {"name": feature.name, "kind": "numeric", "nullable": feature.nullable}
            if isinstance(feature, NumericFeature)
            else {
                "name": feature.name,
                "kind": "categorical",
                "nullable": feature.nullable,
                "categories": list(feature.categories),
            }
            for feature in self.features
        ]

    @classmethod
    def from_json(cls, data: Sequence[Mapping[str, Any]]) -> FeatureSpec:
        """Raises KeyError, TypeError or ValueError on anything `to_json` does not write."""
        features: list[Feature] = []
        for item in data:
            if item["kind"] == "numeric":
                features.append(NumericFeature(str(item["name"]), bool(item["nullable"])))
            elif item["kind"] == "categorical":
                categories = tuple(str(category) for category in item["categories"])
                features.append(CategoricalFeature(str(item["name"]), categories, bool(item["nullable"])))
            else:
                raise ValueError(f"feature kind {item['kind']!r} is neither numeric nor categorical")
        return cls(tuple(features))
