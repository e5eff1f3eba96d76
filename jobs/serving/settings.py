"""Settings of the model server, from the environment."""

from __future__ import annotations

import os
from typing import Literal

from pydantic import Field, ValidationError

from jobs.errors import ConfigError
from jobs.settings import Settings

PREFIX = "MLOPS_"


class ServingSettings(Settings):
    """Each field is the variable `MLOPS_<FIELD>`."""

    model_name: str = Field("churn-classifier", min_length=1)
    model_alias: str = Field("champion", min_length=1)
    # Where this is: `<alias>-<place>` goes before the alias.
    model_place: Literal["", "blue", "green", "lambda", "sagemaker"] = ""
    # A version that is served whatever the aliases name.
    model_version: str = Field("", pattern=r"^\d*$")
    poll_seconds: float = Field(10.0, gt=0, le=3600)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    host: str = "0.0.0.0"
    port: int = Field(8080, ge=0, lt=65536)
    max_body_bytes: int = Field(1024 * 1024, ge=1024)
    max_rows: int = Field(10_000, ge=1)
    shutdown_seconds: int = Field(20, ge=1)
    # s3://bucket[/prefix] or a folder; without it no prediction is kept.
    inference_log: str = ""
    inference_log_seconds: float = Field(60.0, gt=0, le=3600)
    inference_log_rows: int = Field(50_000, ge=1)
    inference_log_bytes: int = Field(4 * 1024 * 1024, ge=1024)
    inference_log_queue_bytes: int = Field(32 * 1024 * 1024, ge=1024)

    @classmethod
    def read(cls) -> ServingSettings:
        """Raises ConfigError naming the variable, its value and the rule."""
        given = {
            name: os.environ[PREFIX + name.upper()] for name in cls.model_fields if PREFIX + name.upper() in os.environ
        }
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise ConfigError(
                "the environment of the model server is wrong",
                details=tuple(
                    f"{PREFIX}{str(item['loc'][0]).upper()}={item['input']!r}: {item['msg']}" for item in error.errors()
                ),
            ) from error
