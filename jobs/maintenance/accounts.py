"""Accounts of the store and the policies of its buckets, by versitygw's admin API and by S3; may run any number of
times. An account that is not named keeps its key and has no right: the policies name everyone who has one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from botocore.exceptions import ClientError

from jobs.errors import ConfigError, MlopsError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

POLICIES = "MLOPS_STORE_POLICIES"
ACCOUNT = "MLOPS_STORE_ACCOUNT_"
# Reaches its own objects only by a bucket's policy, and may not make buckets or accounts.
ROLE = "user"


class Admin:
    """The admin API, which is no S3: XML sent by PATCH, signed like a request to S3 with the environment's key."""

    def __init__(self, s3: S3Client, ca_file: str | None) -> None:
        from botocore.httpsession import URLLib3Session

        self._s3 = s3
        self._session = URLLib3Session(verify=ca_file or True, timeout=60)  # type: ignore[arg-type]  # the stub forgets a CA file

    def accounts(self) -> dict[str, tuple[str, str]]:
        """Name → secret key and role."""
        answer = ElementTree.fromstring(self._call("list-users"))
        found = [{child.tag: child.text or "" for child in each} for each in answer.iter("Accounts")]
        return {each["Access"]: (each["Secret"], each["Role"]) for each in found}

    def create(self, name: str, secret_key: str) -> None:
        self._call("create-user", _xml("Account", Access=name, Secret=secret_key, Role=ROLE))

    def update(self, name: str, secret_key: str) -> None:
        self._call("update-user", _xml("MutableProps", Secret=secret_key, Role=ROLE), access=name)

    def _call(self, action: str, body: bytes = b"", **query: str) -> bytes:
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.session import Session

        meta = self._s3.meta
        url = f"{meta.endpoint_url}/{action}" + (f"?{urlencode(query)}" if query else "")
        request = AWSRequest(method="PATCH", url=url, data=body)
        credentials = Session().get_credentials()
        if credentials is None:
            raise ConfigError("the store needs credentials", change="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        S3SigV4Auth(credentials, "s3", meta.region_name).add_auth(request)
        answer = self._session.send(request.prepare())
        if answer.status_code >= 300:
            # Neither the request nor its body, which has a key in it.
            raise MlopsError(
                "the store refused an account", given=f"{action}: {answer.status_code} {answer.text[:300]}",
                change="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be those of the store's root",
            )  # fmt: skip
        return bytes(answer.content)


def ensure_account(admin: Admin, name: str, secret_key: str) -> str:
    """What was done: `created`, `updated` or `unchanged`."""
    existing = admin.accounts().get(name)
    if existing == (secret_key, ROLE):
        return "unchanged"
    if existing is None:
        admin.create(name, secret_key)
        return "created"
    admin.update(name, secret_key)
    return "updated"


def ensure_policy(s3: S3Client, bucket: str, policy: Mapping[str, Any] | None) -> str:
    """What was done: `granted`, `revoked` (nobody has a right in it any more) or `unchanged`."""
    current = _policy(s3, bucket)
    if current == policy:
        return "unchanged"
    if policy is None:
        s3.delete_bucket_policy(Bucket=bucket)
        return "revoked"
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    return "granted"


def wanted_accounts(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Name → secret key, one variable for each."""
    return {
        name.removeprefix(ACCOUNT).lower(): value for name, value in environment.items() if name.startswith(ACCOUNT)
    }


def wanted_policies(environment: Mapping[str, str] = os.environ) -> dict[str, dict[str, Any]]:
    """Bucket → policy. Raises ConfigError."""
    try:
        policies: dict[str, dict[str, Any]] = json.loads(environment.get(POLICIES, "{}"))
    except ValueError as error:
        raise ConfigError(f"{POLICIES} is not JSON", change="give an object: bucket → policy") from error
    return policies


def _policy(s3: S3Client, bucket: str) -> dict[str, Any] | None:
    try:
        policy: dict[str, Any] = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return None
        raise
    return policy


def _xml(tag: str, **values: str) -> bytes:
    root = ElementTree.Element(tag)
    for name, value in values.items():
        ElementTree.SubElement(root, name).text = value
    return ElementTree.tostring(root)
