"""Schema of a table as written in a config."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from jobs.config import Frozen


class Column(Frozen):
    """One feature column; `nullable` allows missing values. Rules are for present values only.

    Stated `categories` are also what the encoder knows; without, it knows those of the rows that it is fitted on.
    """

    name: str = Field(min_length=1)
    kind: Literal["numeric", "categorical"]
    nullable: bool = False
    minimum: float | None = Field(None, allow_inf_nan=False)
    maximum: float | None = Field(None, allow_inf_nan=False)
    categories: tuple[str, ...] | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _rules_fit(self) -> Self:
        if self.kind == "categorical" and (self.minimum is not None or self.maximum is not None):
            raise ValueError("minimum and maximum are rules for numeric columns; use categories")
        if self.kind == "numeric" and self.categories is not None:
            raise ValueError("categories are a rule for categorical columns; use minimum and maximum")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        if twice := sorted({one for one in self.categories or () if (self.categories or ()).count(one) > 1}):
            raise ValueError(f"each category is named once; given twice: {twice}")
        return self


class Label(Frozen):
    """The column to predict and its two values, as text."""

    name: str = Field(min_length=1)
    positive: str
    negative: str

    @model_validator(mode="after")
    def _two_values(self) -> Self:
        if self.positive == self.negative:
            raise ValueError(f"positive and negative must differ, both are {self.positive!r}")
        return self


class Schema(Frozen):
    """Features in the order of the model's input, and the label."""

    label: Label
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        names = [column.name for column in self.columns] + [self.label.name]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"each column is named once; given twice: {twice}")
        return self

    def identity(self) -> dict[str, Any]:
        """What the values mean, without the rules for them: part of a table's digest, so it never gets more keys."""
        columns = [{"name": one.name, "kind": one.kind, "nullable": one.nullable} for one in self.columns]
        return {"label": self.label.model_dump(), "columns": columns}

    def names(self, kind: Literal["numeric", "categorical"] | None = None) -> tuple[str, ...]:
        """Names of the feature columns, of one kind or all."""
        return tuple(column.name for column in self.columns if kind in (None, column.kind))
