"""The one reader of `pulumi.Config`."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from infra.settings.invariants import problems
from infra.settings.models import Settings
from infra.settings.refusal import SettingsRefusedError, problems_of


def load() -> Settings:
    """The settings of the stack at hand, or an error that names everything wrong with them."""
    return parse(pulumi.get_stack(), _configured())


def parse(stack: str, raw: Mapping[str, Any]) -> Settings:
    """Settings from the objects of a stack file, by domain."""
    try:
        settings = Settings.model_validate(dict(raw))
    except ValidationError as error:
        raise SettingsRefusedError(stack, problems_of(error)) from None
    if broken := problems(settings):
        raise SettingsRefusedError(stack, broken)
    return settings


def _configured() -> dict[str, Any]:
    # pulumi.Config asks for one key at a time; unknown keys are found only by looking at all of them.
    keys = {**get_config_env(), **CONFIG.get()}
    project = f"{pulumi.Config().name}:"
    return {key.removeprefix(project): _decoded(str(value)) for key, value in keys.items() if key.startswith(project)}


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
