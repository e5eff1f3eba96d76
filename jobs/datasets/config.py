"""A data pipeline as written in YAML, and the part of any config that says what a table must fit."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from jobs.cluster.config import Run
from jobs.config import Frozen
from jobs.datasets.schema import Schema
from jobs.datasets.source import DATASET_NAME, Source


class Pipeline(Frozen):
    """Where the rows come from, what they must fit, the dataset that gets a snapshot of them; `run` is for a Job.

    `event_time` names a column with the time of each row; `labelled: false` is data whose outcome is not known yet.
    """

    kind: Literal["pipeline"]
    dataset: str = Field(pattern=DATASET_NAME)
    data: Source
    table: Schema
    labelled: bool = True
    event_time: str | None = Field(None, min_length=1)
    run: Run = Run()

    @model_validator(mode="after")
    def _event_time_is_no_feature(self) -> Self:
        if self.event_time in (*self.table.names(), self.table.label.name):
            raise ValueError(f"event_time {self.event_time!r} is a column of the table; a feature cannot be its time")
        return self

    @model_validator(mode="after")
    def _runs_alone(self) -> Self:
        if self.run.workers > 1:
            raise ValueError(f"a pipeline has one worker; given run.workers {self.run.workers}")
        return self


class Checked(Frozen):
    """What `mlops data validate` needs of a pipeline or an experiment; their other keys are theirs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    data: Source
    table: Schema
    labelled: bool = True
    event_time: str | None = None
