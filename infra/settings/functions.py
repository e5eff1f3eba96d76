"""Lambda functions."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.base import SettingsModel
from infra.settings.log_days import LogDays


class PredictSettings(SettingsModel):
    """The function that predicts. With provisioned concurrency, on its alias `live`, a rollout is all at once."""

    memory: Annotated[int, Field(ge=256, le=10240, description="MB; one core for each 1,769")] = 1769
    timeout_seconds: Annotated[int, Field(ge=1, le=29, description="HTTP APIs end at 30")] = 10
    reserved_concurrency: Annotated[int, Field(ge=1, le=1000)] = 20
    provisioned_concurrency: Annotated[int, Field(ge=0, le=1000)] = 0
    log_days: LogDays = 30


class DriftAlertSettings(SettingsModel):
    """The function that tells people about drift."""

    severity: Annotated[Literal["P0", "P1", "P2", "P3"], Field(description="whose addresses are told")] = "P2"
    log_days: LogDays = 30


class FunctionsSettings(SettingsModel):
    """One field for each function."""

    predict: PredictSettings = PredictSettings()
    drift_alert: DriftAlertSettings = DriftAlertSettings()
