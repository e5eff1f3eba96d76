"""What the function is told, from its environment. Standard library only: a start waits for every import."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jobs.errors import ConfigError

LEVELS = ("debug", "info", "warning", "error")
# Where an image carries its bundle: a deployment adds this layer.
MODEL_FOLDER = "/model"
_DIGEST = 64


@dataclass(frozen=True, slots=True)
class Environment:
    """`version` pins one, whose bundle the image may carry, to be proven by `digest`; without it an alias is followed.

    `password_arn` names a secret, for those whose environment must not hold the password.
    """

    model_name: str
    model_alias: str
    model_place: str
    model_version: str
    model_digest: str
    model_folder: Path
    poll_seconds: float
    log_level: str
    max_body_bytes: int
    max_rows: int
    uri: str
    username: str
    password: str
    password_arn: str
    function_name: str
    function_version: str

    @classmethod
    def read(cls, given: Mapping[str, str] = os.environ) -> Environment:
        """Raises ConfigError naming each variable that is wrong, its value and the rule."""
        problems: list[str] = []

        def text(name: str, default: str, rule: str = "", fits: bool | None = None) -> str:
            value = given.get(name, default)
            if fits is False or (rule == "not empty" and not value):
                problems.append(f"{name}={value!r}: {rule}")
            return value

        def number(name: str, default: float, least: float, most: float) -> float:
            value = given.get(name, str(default))
            try:
                found = float(value)
            except ValueError:
                found = float("nan")
            if not least <= found <= most:
                problems.append(f"{name}={value!r}: a number from {least:g} to {most:g}")
            return found

        version, digest = given.get("MLOPS_MODEL_VERSION", ""), given.get("MLOPS_MODEL_DIGEST", "")
        level = given.get("MLOPS_LOG_LEVEL", "info")
        made = cls(
            model_name=text("MLOPS_MODEL_NAME", "churn-classifier", "not empty"),
            model_alias=text("MLOPS_MODEL_ALIAS", "champion", "not empty"),
            model_place=text("MLOPS_MODEL_PLACE", "lambda"),
            model_version=text("MLOPS_MODEL_VERSION", "", "a number", not version or version.isdecimal()),
            model_digest=text(
                "MLOPS_MODEL_DIGEST", "", "64 hexadecimal digits with MLOPS_MODEL_VERSION, none without",
                len(digest) == (_DIGEST if version else 0),
            ),
            model_folder=Path(text("MLOPS_MODEL_FOLDER", MODEL_FOLDER)),
            poll_seconds=number("MLOPS_POLL_SECONDS", 10.0, 0.001, 3600),
            log_level=text("MLOPS_LOG_LEVEL", "info", " or ".join(LEVELS), level in LEVELS),
            # Lambda itself takes 6 MB.
            max_body_bytes=int(number("MLOPS_MAX_BODY_BYTES", 1024 * 1024, 1024, 6 * 1024 * 1024)),
            max_rows=int(number("MLOPS_MAX_ROWS", 10_000, 1, 1_000_000)),
            uri=text("MLFLOW_TRACKING_URI", "", "the registry's address, without a pinned version", bool(
                version or given.get("MLFLOW_TRACKING_URI"))).rstrip("/"),
            username=text("MLFLOW_TRACKING_USERNAME", ""),
            password=text("MLFLOW_TRACKING_PASSWORD", ""),
            password_arn=text("MLOPS_TRACKING_PASSWORD_ARN", ""),
            function_name=text("AWS_LAMBDA_FUNCTION_NAME", "predict"),
            function_version=text("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        )  # fmt: skip
        if problems:
            raise ConfigError("the environment of the function is wrong", details=tuple(problems))
        return made
