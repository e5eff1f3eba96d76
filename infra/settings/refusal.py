"""Why settings are refused, in words: key, given value, allowed values; all of them at once."""

from collections.abc import Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from infra.settings.problem import Problem

HIDDEN = "(a secret, not shown)"


class SettingsRefusedError(Exception):
    """Raised before any resource is registered."""

    def __init__(self, stack: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        listed = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"{count} refused for stack {stack!r}; change Pulumi.{stack}.yaml\n{listed}")


def problems_of(settings: type[BaseModel], error: ValidationError) -> list[Problem]:
    """One problem for each error pydantic found, by the names the stack file uses."""
    found = []
    for each in error.errors():
        path, model = _walk(settings, [str(part) for part in each["loc"]])
        found.append(_problem(path, model, each["type"], each["msg"], each["input"]))
    return found


def _problem(path: Sequence[str], model: type[BaseModel], kind: str, message: str, given: Any) -> Problem:
    key = ".".join(path)
    shown = HIDDEN if path[0] == "secrets" else repr(given)
    if kind == "extra_forbidden":
        known = sorted(field.alias or name for name, field in model.model_fields.items())
        return Problem(key, "an unknown key", "one of " + ", ".join(known))
    if kind == "missing":
        return Problem(key, "nothing", "a value: this setting is required")
    if kind == "union_tag_not_found":
        return Problem(f"{key}.kind", "nothing", "a value: this setting is required")
    if kind == "union_tag_invalid":
        return Problem(f"{key}.kind", repr(given.get("kind")), "one of " + message.rpartition("tags: ")[2])
    rule = message.removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("String should match ")
    return Problem(key, shown, rule)


def _walk(model: type[BaseModel], location: Sequence[str]) -> tuple[list[str], type[BaseModel]]:
    """The path as the stack file has it, and the model its last part belongs to.

    Where a field is one of several models, pydantic puts the chosen `kind` into the location.
    """
    path: list[str] = []
    choices: dict[str, type[BaseModel]] = {}
    named = False
    for part in location:
        if named:
            path.append(part)
            named = False
            continue
        if part in choices:
            model, choices = choices[part], {}
            continue
        path.append(part)
        field = next((field for name, field in model.model_fields.items() if (field.alias or name) == part), None)
        # The next part is a name that the user gave an entry; the entry's own `kind` follows it.
        named = field is not None and get_origin(field.annotation) is dict
        models = [one for one in _models(field.annotation) if one] if field else []
        if part != location[-1] and len(models) == 1:
            model = models[0]
        choices = {
            str(get_args(one.model_fields["kind"].annotation)[0]): one for one in models if "kind" in one.model_fields
        }
    return path, model


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [model for one in get_args(annotation) for model in _models(one)]
