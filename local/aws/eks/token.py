"""Reads the tokens of `aws eks get-token`: a presigned GetCallerIdentity request, one signed header of which names the
cluster. Pure.

The host that the request is signed for is not looked at, because it is an emulator's here and none that EKS would take.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
# EKS takes a token for this long, whatever the request says of its own expiry.
VALIDITY = timedelta(minutes=15)
_SIGNATURE = "&X-Amz-Signature="


class Refused(Exception):
    """The token is none that this cluster takes; the message says why."""


def key_of(token: str, cluster: str, secrets: Mapping[str, str], now: datetime) -> str:
    """Id of the access key that signed the token for this cluster; `secrets` maps the known ids to their secrets."""
    url = _decoded(token)
    unsigned, _, signature = url.rpartition(_SIGNATURE)
    query = dict(parse_qsl(urlsplit(unsigned).query))
    key, _, scope = query.get("X-Amz-Credential", "").partition("/")
    date, region, service = (*scope.split("/"), "", "", "")[:3]
    if query.get("Action") != "GetCallerIdentity" or service != "sts":
        raise Refused("it is no presigned GetCallerIdentity request")
    if CLUSTER_HEADER not in query.get("X-Amz-SignedHeaders", "").split(";"):
        raise Refused(f"its signature does not cover {CLUSTER_HEADER}")
    _check_time(query.get("X-Amz-Date", ""), date, now)
    if key not in secrets:
        raise Refused(f"the access key {key!r} is not known")
    if not hmac.compare_digest(
        _signature(unsigned, cluster, key, secrets[key], region, query["X-Amz-Date"]), signature
    ):
        raise Refused(f"it was signed for another cluster than {cluster!r} or with another secret key")
    return key


def _decoded(token: str) -> str:
    body = token.removeprefix(PREFIX)
    try:
        if body == token:
            raise ValueError
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        raise Refused("it is no token of `aws eks get-token`") from None


def _check_time(told: str, date: str, now: datetime) -> None:
    try:
        signed = datetime.strptime(told, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("it does not say when it was signed") from None
    if date != told[:8] or not signed - timedelta(minutes=5) <= now <= signed + VALIDITY:
        raise Refused(f"it was signed at {told}; a token is good for {VALIDITY.seconds // 60} minutes")


def _signature(url: str, cluster: str, key: str, secret: str, region: str, when: str) -> str:
    request = AWSRequest(method="GET", url=url, headers={CLUSTER_HEADER: cluster})
    request.context["timestamp"] = when
    signer = SigV4Auth(Credentials(key, secret), "sts", region)
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))
