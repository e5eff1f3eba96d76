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
    metrics: bool = Field(True, description="`/metrics`")
    cache_size: int = Field(
        0, ge=0, le=100_000, description="answers that are kept for bodies of at most 4 KB; a new model forgets them"
    )
    batch_size: int = Field(1, ge=1, le=1024, description="rows of several requests scored together; 1: each alone")
    batch_milliseconds: float = Field(1.0, gt=0, le=1000, description="how long a request waits for others")
    max_body_bytes: int = Field(1024 * 1024, ge=1024)
    max_rows: int = Field(10_000, ge=1)
    max_header_bytes: int = Field(16 * 1024, ge=1024)
    max_connections: int = Field(512, ge=1, description="then an idle one is closed, or the new one is refused")
    max_held_bytes: int = Field(
        32 * 1024 * 1024, ge=1024, description="bodies and answers of all connections; then bodies are refused"
    )
    max_large: int = Field(8, ge=1, description="requests above 128 KB that wait for their turn; then they are refused")
    header_seconds: float = Field(
        10.0, gt=0, description="from the first byte, or from the connection, to a whole head"
    )
    request_seconds: float = Field(
        30.0, gt=0, description="for a body to come, for its turn, and for the client to take the answer"
    )
    keep_alive_seconds: float = Field(75.0, gt=0)
    drain_seconds: float = Field(
        5.0, ge=0, description="after SIGTERM it is not ready but answers, until clients have noticed"
    )
    shutdown_seconds: float = Field(20.0, gt=0, description="then for what was begun to end")
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
