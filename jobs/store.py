"""The S3 store: one client, and objects by `s3://bucket/key`; the endpoint is a setting."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from jobs.errors import ConfigError, DataError, UnreachableError, explain
from jobs.settings import StoreSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

_ABSENT = {"NoSuchKey", "NoSuchBucket", "404", "NotFound"}
# 409 is S3's word for two such writes at once: one of them wins, and asking again tells which.
_TAKEN, _RACE = {"PreconditionFailed", "412"}, {"ConditionalRequestConflict", "409"}
_FORBIDDEN = {"AccessDenied", "403", "Forbidden"}
_RACES = 5
# Metadata of a created object: which call it was.
_WRITER = "mlops-writer"


@cache
def client(attempts: int = 3) -> S3Client:
    """boto3 client of the environment; bounded waits, so that a store that is down is told in seconds."""
    import boto3
    from botocore.config import Config

    settings = StoreSettings.read()
    config = Config(
        connect_timeout=5, read_timeout=60, retries={"max_attempts": attempts, "mode": "standard"},
        s3={"addressing_style": "path"} if settings.endpoint else {},
    )  # fmt: skip
    return boto3.client("s3", endpoint_url=settings.endpoint, region_name=settings.region, config=config)


def split(url: str) -> tuple[str, str]:
    """`s3://bucket/key` → bucket, key. Raises ConfigError."""
    parts = urlparse(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise ConfigError("not an address in the store", given=url, allowed="s3://bucket/key")
    return parts.netloc, parts.path.lstrip("/")


def read_object(url: str, limit: int | None = None) -> bytes:
    """Raises DataError when it does not exist or has more bytes than the limit, UnreachableError without an answer."""
    bucket, key = split(url)
    try:
        answer = client().get_object(Bucket=bucket, Key=key)
        if limit is not None and answer["ContentLength"] > limit:
            raise DataError("the object is too large", given=f"{answer['ContentLength']} bytes", allowed=limit)
        return answer["Body"].read()
    except Exception as error:
        if _code(error) in _ABSENT:
            raise DataError("the object does not exist", given=url) from error
        raise explain(error) or error from error


def former_versions(url: str) -> Iterator[bytes]:
    """What the object was before, newest first; nothing where nobody may ask for versions. Raises UnreachableError."""
    bucket, key = split(url)
    try:
        pages = client().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
        for version in [one for page in pages for one in page.get("Versions", [])]:
            if version["Key"] == key and not version["IsLatest"]:
                yield client().get_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])["Body"].read()
    except Exception as error:
        if _code(error) not in _FORBIDDEN:
            raise explain(error) or error from error


def write_object(url: str, content: bytes, content_type: str = "application/octet-stream", **metadata: str) -> None:
    """Raises UnreachableError when the store is down."""
    bucket, key = split(url)
    try:
        client().put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type, Metadata=metadata)
    except Exception as error:
        raise explain(error) or error from error


def create_object(url: str, content: bytes, content_type: str = "application/octet-stream", **metadata: str) -> bool:
    """Writes what does not exist yet → whether it was this call that did. Raises UnreachableError."""
    bucket, key = split(url)
    token = secrets.token_hex(8)
    if _writer(bucket, key) is not None:
        return False
    for _ in range(_RACES):
        try:
            client(attempts=1).put_object(
                Bucket=bucket, Key=key, Body=content, ContentType=content_type, Metadata={**metadata, _WRITER: token},
                IfNoneMatch="*",
            )  # fmt: skip
        except Exception as error:
            code = _code(error)
            known = explain(error)
            if code in _TAKEN:
                return False
            if code not in _RACE and not isinstance(known, UnreachableError):
                raise known or error from error
            # versitygw refuses a body before it has read it, and closes: over TLS half of the clients see only that.
            # And an answer that was lost may have been a yes.
            if (writer := _writer(bucket, key)) is not None:
                return writer == token
        else:
            return True
    raise UnreachableError("the store does not say who wrote this", given=url, change="run the same command again")


def _writer(bucket: str, key: str) -> str | None:
    """Who created the object, "" when it does not say; None when there is none, or this account may not know."""
    try:
        return client().head_object(Bucket=bucket, Key=key)["Metadata"].get(_WRITER, "")
    except Exception as error:
        if _code(error) in _ABSENT | _FORBIDDEN:
            return None
        raise explain(error) or error from error


def _code(error: Exception) -> str:
    """The store's word for what is wrong; empty when there was no answer, which some classes show as None."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def list_objects(url: str) -> list[tuple[str, float]]:
    """Address and time (seconds since 1970) of every object under the prefix; a missing bucket is empty."""
    return [(address, item["LastModified"].timestamp()) for address, item in _listed(url)]


def list_sizes(url: str) -> list[tuple[str, int]]:
    """Address and bytes of every object under the prefix; a missing bucket is empty."""
    return [(address, item["Size"]) for address, item in _listed(url)]


def _listed(url: str) -> list[tuple[str, ObjectTypeDef]]:
    bucket, prefix = split(url)
    pages = client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    try:
        return [(f"s3://{bucket}/{item['Key']}", item) for page in pages for item in page.get("Contents", [])]
    except Exception as error:
        if _code(error) in _ABSENT:
            return []
        raise explain(error) or error from error
