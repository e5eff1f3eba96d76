"""One thing that is wrong with the settings."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One refused setting."""

    key: str
    given: str
    allowed: str

    def __str__(self) -> str:
        return f"mlops:{self.key}\n    given:   {self.given}\n    allowed: {self.allowed}"
