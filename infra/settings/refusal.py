"""Why settings are refused, in words: key, given value, allowed values; all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from infra.settings.models import Settings

_HIDDEN = "(a secret, not shown)"


@dataclass(frozen=True)
class Problem:
    """One refused setting."""

    key: str
    given: str
    allowed: str

    def __str__(self) -> str:
        return f"mlops:{self.key}\n    given:   {self.given}\n    allowed: {self.allowed}"


class SettingsRefusedError(Exception):
    """Raised before any resource is registered."""

    def __init__(self, stack: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        listed = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"{count} refused for stack {stack!r}; change Pulumi.{stack}.yaml\n{listed}")


def problems_of(error: ValidationError) -> list[Problem]:
    """One problem for each error pydantic found, by the names the stack file uses."""
    return [_problem(tuple(str(part) for part in e["loc"]), e["type"], e["msg"], e["input"]) for e in error.errors()]


def _problem(path: tuple[str, ...], kind: str, message: str, given: Any) -> Problem:
    key = ".".join(path)
    shown = _HIDDEN if path[0] == "secrets" else repr(given)
    if kind == "extra_forbidden":
        return Problem(key, "an unknown key", "one of " + ", ".join(_known_keys(path[:-1])))
    if kind == "missing":
        return Problem(key, "nothing", "a value: this setting is required")
    rule = message.removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("String should match ")
    return Problem(key, shown, rule)


def _known_keys(path: tuple[str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in path:
        field = next(field for name, field in model.model_fields.items() if (field.alias or name) == part)
        assert isinstance(field.annotation, type)
        model = field.annotation
    return sorted(field.alias or name for name, field in model.model_fields.items())
