"""Buckets on AWS as tests give them."""

from __future__ import annotations

from infra.settings.buckets import S3Settings

NAMES = {
    "artifacts": "acme-artifacts",
    "features": "acme-features",
    "inferenceLogs": "acme-logs",
    "backups": "acme-bak",
    "audit": "acme-audit",
}
KEY = "arn:aws:kms:eu-central-1:111122223333:key/storage"


def buckets(**more: object) -> S3Settings:
    """Settings that are accepted."""
    return S3Settings.model_validate({"buckets": NAMES, **more})
