"""Times as CronJobs take them."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

_DAILY = ("*", "*", "*")


def _cron(value: str) -> str:
    fields = value.split(" ")
    if len(fields) != 5:
        raise ValueError("five fields, one space between them: minute hour day month weekday")
    if tuple(fields[2:]) != _DAILY:
        # CronJobMissed fires after 26 hours without a success.
        raise ValueError(
            "'*' for day, month and weekday: every job runs at least once a day, and an alert counts on it"
        )
    for name, field, top in (("minute", fields[0], 59), ("hour", fields[1], 23)):
        if not all(_fits(part, top) for part in field.split(",")):
            raise ValueError(f"numbers from 0 to {top} for the {name}, as '*', 'a', 'a-b', '*/n' or a list of these")
    return value


def _fits(part: str, top: int) -> bool:
    """Whether one part of a field is `*`, `a` or `a-b` within 0…top, with a step of 1…top or without."""
    span, slash, step = part.partition("/")
    if slash and not (_number(step) and 1 <= int(step) <= top):
        return False
    if span == "*":
        return True
    bounds = span.split("-")
    if len(bounds) > 2 or not all(map(_number, bounds)):
        return False
    return int(bounds[0]) <= int(bounds[-1]) <= top


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _time_zone(value: str) -> str:
    # A machine without time zone data (no package `tzdata`) knows none: then the cluster has the only word.
    known = available_timezones()
    if known and value not in known:
        raise ValueError("a name of the IANA time zone database, like 'Europe/Berlin' or 'Etc/UTC'")
    return value


Cron = Annotated[str, AfterValidator(_cron), Field(json_schema_extra={"pattern": r"^[0-9*/,-]+ [0-9*/,-]+ \* \* \*$"})]
TimeZone = Annotated[
    str,
    AfterValidator(_time_zone),
    Field(json_schema_extra={"pattern": r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$"}),
]
