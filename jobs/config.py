"""A config file: YAML of one `kind`, read into a frozen model; refused with key, given value and rule."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from jobs.errors import ConfigError


class Frozen(BaseModel):
    """Base of every config model: unknown keys are refused, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Config = TypeVar("Config", bound=Frozen)


def parse(model: type[Config], text: str, source: str) -> Config:
    """YAML text → config of this kind. Raises ConfigError naming key, given value and rule."""
    what = model.__name__.lower()
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{source} is no valid YAML", details=tuple(str(error).splitlines())) from error
    if not isinstance(data, dict):
        raise ConfigError(f"{source} is no mapping", given=type(data).__name__, allowed=f"keys of kind {what}")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigError(
            f"{source} is not valid as {what}",
            details=tuple(
                f"{'.'.join(str(part) for part in item['loc']) or what}: {item['msg']}"
                + ("" if item["type"] in ("missing", "union_tag_not_found") else f" (given {_short(item['input'])})")
                for item in error.errors()
            ),
        ) from error


def load(model: type[Config], path: Path) -> Config:
    """Raises ConfigError, also when the file cannot be read."""
    return parse(model, read(path), str(path))


def read(path: Path) -> str:
    """Text of a config file. Raises ConfigError."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "the config cannot be read", given=path, change="give a file of text that you may read",
            details=(str(error),),
        ) from error  # fmt: skip


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
