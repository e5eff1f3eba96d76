"""The one reader of `pulumi.Config`."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from infra.settings.invariants import problems
from infra.settings.models import CommittedSettings, Settings
from infra.settings.refusal import SettingsRefusedError, problems_of

PROJECT = "mlops:"
Model = TypeVar("Model", bound=CommittedSettings)


def load() -> Settings:
    """The settings of the stack at hand, or an error that names everything wrong with them."""
    return parse(pulumi.get_stack(), _configured())


def parse(stack: str, raw: Mapping[str, Any]) -> Settings:
    """Settings from the objects of a stack file, by domain."""
    return _accepted(Settings, stack, raw)


def check(config: Mapping[str, Any], stack: str = "local") -> None:
    """Refuses the `config` of a committed stack file, before anything is built, for the reasons `load` would have.

    What `make up` adds (cluster, images, secrets) is not looked at; nor are keys of other projects and providers.
    """
    domains = {key.removeprefix(PROJECT): value for key, value in config.items() if key.startswith(PROJECT)}
    added = Settings.model_fields.keys() - CommittedSettings.model_fields.keys()
    _accepted(CommittedSettings, stack, {key: value for key, value in domains.items() if key not in added})


def _accepted(model: type[Model], stack: str, raw: Mapping[str, Any]) -> Model:
    try:
        settings = model.model_validate(dict(raw))
    except ValidationError as error:
        raise SettingsRefusedError(stack, problems_of(error)) from None
    if broken := problems(settings):
        raise SettingsRefusedError(stack, broken)
    return settings


def _configured() -> dict[str, Any]:
    # pulumi.Config asks for one key at a time; unknown keys are found only by looking at all of them.
    keys = {**get_config_env(), **CONFIG.get()}
    return {key.removeprefix(PROJECT): _decoded(str(value)) for key, value in keys.items() if key.startswith(PROJECT)}


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
