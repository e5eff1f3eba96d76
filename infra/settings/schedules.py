"""When the scheduled jobs run and how long they may take."""

from typing import Annotated

from pydantic import Field

from infra.settings.base import Quantity, ResourceSettings, SettingsModel
from infra.settings.clock import Cron, TimeZone


class ScheduleSettings(SettingsModel):
    """One job by the clock; a run that takes longer than `deadlineMinutes` is ended and counts as failed."""

    cron: Annotated[Cron, Field(description="minute hour day month weekday, at least once a day")]
    deadline_minutes: Annotated[int, Field(ge=1, le=1440)]
    resources: ResourceSettings
    scratch: Annotated[Quantity, Field(description="what it may write to /tmp")] = "256Mi"


class SchedulesSettings(SettingsModel):
    """All jobs share one time zone, so that an operator reads one clock."""

    time_zone: TimeZone = "Etc/UTC"
    backup: ScheduleSettings
    backup_rotation: ScheduleSettings
    drift_check: ScheduleSettings
    retraining: ScheduleSettings
    monitoring: ScheduleSettings
    daily_report: ScheduleSettings
    data_archive: ScheduleSettings
    database_care: Annotated[ScheduleSettings, Field(description="vacuum and analyze, at a quiet hour")]
    database_figures: Annotated[ScheduleSettings, Field(description="sizes, connections, ages, for alerts")]
    drill: Annotated[ScheduleSettings | None, Field(description="only on one machine; without it nobody drills")] = None
    runs_prune: ScheduleSettings
