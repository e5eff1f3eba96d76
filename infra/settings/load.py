"""The one reader of `pulumi.Config`."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from infra.settings.base import SettingsModel
from infra.settings.invariants import problems
from infra.settings.models import (
    AwsSettings,
    CommittedAwsSettings,
    CommittedMachineSettings,
    MachineSettings,
    Settings,
)
from infra.settings.refusal import SettingsRefusedError, problems_of

PROJECT = "mlops:"
AWS = "aws"
Model = TypeVar("Model", CommittedMachineSettings, MachineSettings, CommittedAwsSettings, AwsSettings)


def load() -> Settings:
    """The settings of the stack at hand, or an error that names everything wrong with them."""
    return parse(pulumi.get_stack(), _configured())


def parse(stack: str, raw: Mapping[str, Any]) -> Settings:
    """Settings from the objects of a stack file, by domain."""
    if AWS in raw:
        return _accepted(AwsSettings, stack, raw)
    return _accepted(MachineSettings, stack, raw)


def check(config: Mapping[str, Any], stack: str = "local") -> None:
    """Refuses the `config` of a committed stack file, before anything is built, for the reasons `load` would have.

    What is added later (images, secrets; on one machine the cluster) is not looked at; nor are keys of other projects.
    """
    domains = {key.removeprefix(PROJECT): value for key, value in config.items() if key.startswith(PROJECT)}
    if AWS in domains:
        _accepted(CommittedAwsSettings, stack, _without(AwsSettings, CommittedAwsSettings, domains))
    else:
        _accepted(CommittedMachineSettings, stack, _without(MachineSettings, CommittedMachineSettings, domains))


def _without(whole: type[SettingsModel], committed: type[SettingsModel], domains: Mapping[str, Any]) -> dict[str, Any]:
    added = whole.model_fields.keys() - committed.model_fields.keys()
    return {key: value for key, value in domains.items() if key not in added}


def _accepted(model: type[Model], stack: str, raw: Mapping[str, Any]) -> Model:
    try:
        settings = model.model_validate(dict(raw))
    except ValidationError as error:
        raise SettingsRefusedError(stack, problems_of(model, error)) from None
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
