"""How long CloudWatch keeps a log."""

from typing import Annotated

from pydantic import AfterValidator, Field

# CloudWatch Logs takes no other number of days.
DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip


def _kept(value: int) -> int:
    if value not in DAYS:
        raise ValueError(f"one of {', '.join(map(str, DAYS))}")
    return value


LogDays = Annotated[int, AfterValidator(_kept), Field(json_schema_extra={"enum": list(DAYS)})]
