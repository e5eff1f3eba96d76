"""Buckets on AWS."""

from typing import Annotated

from pydantic import Field

from infra.settings.account import Region
from infra.settings.base import SettingsModel
from infra.settings.storage import Bucket


class AwsBucketsSettings(SettingsModel):
    """Names by purpose: unique in the world, so none has a default."""

    artifacts: Bucket
    features: Bucket
    inference_logs: Bucket
    backups: Bucket
    audit: Bucket


class S3Settings(SettingsModel):
    """Versions that were replaced are deleted after `oldVersionDays`, inference logs after `inferenceLogDays`."""

    buckets: AwsBucketsSettings
    replica_region: Annotated[
        Region | None, Field(description="second region that artifacts and backups are copied to")
    ] = None
    infrequent_access_days: Annotated[int, Field(ge=30, le=3650)] = 90
    old_version_days: Annotated[int, Field(ge=1, le=3650)] = 90
    inference_log_days: Annotated[int, Field(ge=1, le=3650)] = 365
