"""Schema of a table as written in a config."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from jobs.config import Frozen


class Column(Frozen):
    """One feature column; `nullable` allows missing values."""

    name: str = Field(min_length=1)
    kind: Literal["numeric", "categorical"]
    nullable: bool = False


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

    def names(self, kind: Literal["numeric", "categorical"] | None = None) -> tuple[str, ...]:
        """Names of the feature columns, of one kind or all."""
        return tuple(column.name for column in self.columns if kind in (None, column.kind))
