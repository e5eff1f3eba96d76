"""Who is told."""

from typing import Annotated

from pydantic import Field

from infra.settings.account import Email
from infra.settings.base import SettingsModel


class NotificationsSettings(SettingsModel):
    """Addresses by severity; each must confirm AWS' mail once."""

    p0: Annotated[tuple[Email, ...], Field(min_length=1)]
    p1: Annotated[tuple[Email, ...], Field(min_length=1)]
    p2: tuple[Email, ...] = ()
    p3: tuple[Email, ...] = ()


class BudgetSettings(SettingsModel):
    """Mails at half, at 80 % and at all of the month's sum, and when the forecast passes it."""

    monthly_usd: Annotated[int, Field(ge=1)]
    emails: Annotated[tuple[Email, ...], Field(min_length=1, max_length=10)]
