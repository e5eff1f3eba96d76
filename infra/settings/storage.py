"""The S3 store and its buckets."""

from typing import Annotated

from pydantic import Field, StringConstraints

from infra.settings.base import ResourceSettings, SettingsModel, VolumeSize

Bucket = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]


class BucketsSettings(SettingsModel):
    """Bucket names by purpose: on AWS they are unique in the world, so they are settings."""

    artifacts: Bucket = "mlflow-artifacts"
    features: Bucket = "features"
    inference_logs: Bucket = "inference-logs"
    backups: Bucket = "backups"
    audit: Bucket = "audit"


class StorageSettings(SettingsModel):
    """One S3 server."""

    storage: VolumeSize
    resources: ResourceSettings
    region: Annotated[str, Field(min_length=1)] = "us-east-1"
    buckets: BucketsSettings = BucketsSettings()
