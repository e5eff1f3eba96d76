"""Settings of the model server, from the environment."""

from __future__ import annotations

import os
from typing import Literal

from pydantic import Field, ValidationError

from jobs.errors import ConfigError
from jobs.settings import Settings

PREFIX = "MLOPS_"


class ServingSettings(Settings):
    """Each field is the variable `MLOPS_<FIELD>`; docs/serving.md has them in one table."""

    model_name: str = Field("churn-classifier", min_length=1, description="the registered model")
    model_alias: str = Field("champion", min_length=1, description="the alias that is followed")
    model_place: Literal["", "blue", "green", "lambda", "sagemaker"] = Field(
        "", description="where this server is: `<alias>-<place>` goes before the alias"
    )
    model_version: str = Field("", pattern=r"^\d*$", description="a version that is served whatever the aliases name")
    poll_seconds: float = Field(10.0, gt=0, le=3600, description="between two looks at the registry")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="of the log's lines")
    metrics: bool = Field(True, description="whether `/metrics` is there")
    host: str = Field("0.0.0.0", description="the address that it listens at")
    port: int = Field(8080, ge=0, lt=65536, description="and the port")
    cache_size: int = Field(
        0, ge=0, le=100_000, description="answers that are kept for bodies up to 4 KB; a new model forgets them"
    )
    batch_size: int = Field(1, ge=1, le=1024, description="rows of several requests scored together; 1: each alone")
    batch_milliseconds: float = Field(1.0, gt=0, le=1000, description="how long a request waits for others")
    max_body_bytes: int = Field(1024 * 1024, ge=1024, description="of one body; more: 413")
    max_rows: int = Field(10_000, ge=1, description="of one request; more: 413")
    max_header_bytes: int = Field(16 * 1024, ge=1024, description="of one head; more: 431")
    max_connections: int = Field(
        512, ge=1, description="a further one closes one that waits for its client; without any it gets 503"
    )
    max_held_bytes: int = Field(
        32 * 1024 * 1024, ge=1024, description="bodies and answers of all connections; then a body above 16 KB gets 503"
    )
    max_large: int = Field(8, ge=1, description="bodies above 128 KB that wait for their turn; a further one gets 503")
    header_seconds: float = Field(10.0, gt=0, description="from connecting, or the first byte, to a whole head: 408")
    request_seconds: float = Field(
        30.0, gt=0, description="for a body to come: 408; for its turn: 503; for an answer to be taken"
    )
    keep_alive_seconds: float = Field(75.0, gt=0, description="an idle connection is closed after them")
    drain_seconds: float = Field(
        5.0, ge=0, description="after SIGTERM it is not ready but answers, until clients have noticed"
    )
    shutdown_seconds: float = Field(20.0, gt=0, description="then for what was begun to end")
    inference_log: str = Field("", description="`s3://bucket[/prefix]` or a folder; without it no prediction is kept")
    inference_log_seconds: float = Field(60.0, gt=0, le=3600, description="an object is written after them")
    inference_log_rows: int = Field(50_000, ge=1, description="or after so many predictions")
    inference_log_bytes: int = Field(4 * 1024 * 1024, ge=1024, description="or after so many bytes")
    inference_log_queue_bytes: int = Field(
        32 * 1024 * 1024, ge=1024, description="may wait to be written; more is dropped and counted"
    )

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
