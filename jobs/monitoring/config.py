"""A monitoring config: what of a served model is watched, how, and what follows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jobs.config import Frozen
from jobs.drift.config import DriftConfig
from jobs.retraining.config import RetrainingConfig


class CollectConfig(Frozen):
    """Inference logs → predictions as Parquet. `logs` and `predictions`: s3://bucket[/prefix] or a folder."""

    logs: str | None = Field(None, description="default: the instance's bucket of inference logs")
    predictions: str | None = Field(None, description="default: predictions/ in the features bucket")
    days: int = Field(2, ge=1, le=400, description="how far back logs are looked for that came late")


class Limits(Frozen):
    """Below or above these the model is bad; what is not given is told and not judged."""

    accuracy: float | None = Field(None, gt=0, lt=1, description="at least")
    roc_auc: float | None = Field(None, ge=0.5, lt=1, description="at least")
    brier: float | None = Field(None, gt=0, lt=1, description="at most")
    calibration_error: float | None = Field(None, gt=0, lt=1, description="at most")


class PerformanceConfig(Frozen):
    """Predictions joined with what really happened."""

    actuals: str | None = Field(None, description="default: actuals/<model>/ in the features bucket")
    label: str = Field("label", min_length=1, description="name of the label's column in `mlops monitor export`")
    days: int = Field(30, ge=1, le=3660)
    step: Literal["hour", "day", "week"] = "day"
    latest_days: float = Field(60, gt=0, description="an actual that is older than its prediction by more is too late")
    minimum_rows: int = Field(200, ge=30, description="labelled predictions below which nothing is judged")
    limits: Limits = Limits()


class WatchConfig(Frozen):
    """While a version is watched: shares and seconds above these are bad."""

    every_seconds: float = Field(15, gt=0, le=3600)
    errors: float = Field(0.05, ge=0, lt=1, description="share of requests that the server failed, at most")
    p95_seconds: float = Field(0.2, gt=0, description="at most")


class CapacityConfig(Frozen):
    """How far ahead the platform must see, and how much it keeps free."""

    headroom: float = Field(0.3, gt=0, lt=1, description="share of a limit that stays free")
    history_days: int = Field(28, ge=2, le=400)
    horizon_days: int = Field(365, ge=1, le=3660)


class Monitoring(Frozen):
    """Every part has defaults but the model."""

    kind: Literal["monitoring"]
    model: str = Field(min_length=1)
    alias: str = Field("champion", min_length=1)
    collect: CollectConfig = CollectConfig()
    performance: PerformanceConfig = PerformanceConfig()
    watch: WatchConfig = WatchConfig()
    capacity: CapacityConfig = CapacityConfig()
    drift: DriftConfig = DriftConfig()
    retraining: RetrainingConfig = RetrainingConfig()
