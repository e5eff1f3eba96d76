"""Where things are kept: the buckets by purpose, and the audit trail."""

from __future__ import annotations

import os
from typing import Literal

from jobs.errors import ConfigError
from jobs.settings import Instance

Purpose = Literal["artifacts", "features", "inference_logs", "backups", "audit"]

# The names of a stack whose settings give no others (infra/settings/storage.py).
DEFAULTS: dict[Purpose, str] = {
    "artifacts": "mlflow-artifacts",
    "features": "features",
    "inference_logs": "inference-logs",
    "backups": "backups",
    "audit": "audit",
}
AUDIT = "MLOPS_AUDIT"


def bucket(purpose: Purpose) -> str:
    """Name of a bucket: `MLOPS_<PURPOSE>_BUCKET`, what the instance's stack says, or the default."""
    given = os.environ.get(f"MLOPS_{purpose.upper()}_BUCKET")
    instance = Instance.read()
    named = instance.outputs().get("bucketNames", {}) if instance.in_use() else {}
    return given or named.get(purpose) or DEFAULTS[purpose]


def audit_trail() -> str:
    """`s3://bucket[/prefix]` or a folder. Raises ConfigError when there is neither a setting nor an instance in use."""
    if given := os.environ.get(AUDIT):
        return given
    instance = Instance.read()
    if instance.in_use() and instance.outputs():
        return f"s3://{bucket('audit')}"
    raise ConfigError(
        "nothing says where the audit trail is, and no change goes without its entry",
        given=f"{AUDIT} is not set",
        allowed="s3://bucket, s3://bucket/prefix or a folder",
        change=f"set {AUDIT}, e.g. to the folder that `mlops tracking serve` prints",
    )
