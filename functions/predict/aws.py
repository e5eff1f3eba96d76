"""Requests to AWS, signed (version 4) with what Lambda gives the function. Standard library only.

boto3 has 30 MB, which is more than all the rest of the function; two calls need none of it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from jobs.errors import BundleError, ConfigError, UnreachableError

SECONDS = 5.0
_UNKNOWN = (403, 404)


@dataclass(frozen=True, slots=True)
class Identity:
    """Keys that Lambda changes while the function lives: read them for each request."""

    access_key: str
    secret_key: str
    token: str
    region: str

    @classmethod
    def read(cls) -> Identity:
        """Raises ConfigError without keys."""
        given = os.environ
        try:
            return cls(
                given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given.get("AWS_SESSION_TOKEN", ""),
                given.get("AWS_REGION") or given["AWS_DEFAULT_REGION"],
            )  # fmt: skip
        except KeyError as error:
            raise ConfigError("the function has no AWS identity", given=f"no {error.args[0]}") from error


def get_object(bucket: str, key: str, limit: int) -> bytes:
    """Raises BundleError when it is not there or has more bytes, UnreachableError without an answer."""
    identity = Identity.read()
    place = f"/{quote(key, safe='/-_.~')}"
    if endpoint := _endpoint("s3"):
        url = f"{endpoint}/{bucket}{place}"
    elif "." in bucket:  # a name of two labels fits no certificate
        url = f"https://s3.{identity.region}.amazonaws.com/{bucket}{place}"
    else:
        url = f"https://{bucket}.s3.{identity.region}.amazonaws.com{place}"
    headers = signed(identity, "s3", "GET", url, {}, b"", datetime.now(UTC))
    status, content = _sent("GET", url, headers, None, limit + 1)
    if status in _UNKNOWN:
        raise BundleError("a file of the bundle cannot be had", given=f"s3://{bucket}/{key}: status {status}")
    if status != 200:
        raise UnreachableError("the store fails", given=f"s3://{bucket}/{key}: status {status}")
    if len(content) > limit:
        raise BundleError("the object is too large", given=f"s3://{bucket}/{key}", allowed=f"at most {limit} bytes")
    return content


def get_secret(arn: str) -> str:
    """Raises ConfigError when it may not be read, UnreachableError without an answer."""
    # The region stands in the ARN.
    parts = arn.split(":")
    if len(parts) < 7:
        raise ConfigError("MLflow's password cannot be read", given=arn, allowed="arn:aws:secretsmanager:…")
    url = (_endpoint("secretsmanager") or f"https://secretsmanager.{parts[3]}.amazonaws.com") + "/"
    body = json.dumps({"SecretId": arn}).encode()
    said = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue"}
    mine = Identity.read()
    identity = Identity(mine.access_key, mine.secret_key, mine.token, parts[3])
    headers = signed(identity, "secretsmanager", "POST", url, said, body, datetime.now(UTC))
    status, content = _sent("POST", url, headers, body, 1024 * 1024)
    if status >= 500:
        raise UnreachableError("Secrets Manager fails", given=f"status {status}")
    answer: dict[str, Any] = json.loads(content)
    if status != 200 or "SecretString" not in answer:
        given = f"{arn}: {answer.get('__type', status)}"
        raise ConfigError("MLflow's password cannot be read", given=given, change="grant it, or set another")
    return str(answer["SecretString"])


def signed(
    identity: Identity, service: str, method: str, url: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> dict[str, str]:
    """The headers of this request, with its signature. Without a query."""
    parts, moment = urlsplit(url), now.strftime("%Y%m%dT%H%M%SZ")
    content = hashlib.sha256(body).hexdigest()
    own = {**headers, "host": parts.netloc, "x-amz-date": moment, "x-amz-content-sha256": content}
    if identity.token:
        own["x-amz-security-token"] = identity.token
    names = ";".join(sorted(own))
    lines = "".join(f"{name}:{own[name].strip()}\n" for name in sorted(own))
    canonical = f"{method}\n{parts.path or '/'}\n\n{lines}\n{names}\n{content}"
    scope = f"{moment[:8]}/{identity.region}/{service}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{identity.secret_key}".encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    own["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={identity.access_key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    )
    return own


def _endpoint(service: str) -> str:
    found = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL") or ""
    return found.rstrip("/")


def _sent(method: str, url: str, headers: Mapping[str, str], body: bytes | None, most: int) -> tuple[int, bytes]:
    import http.client
    import ssl
    import urllib.error
    import urllib.request

    class Stay(urllib.request.HTTPRedirectHandler):
        """A signature is for one address."""

        def redirect_request(self, *_: object) -> None:
            return None

    # None: the system's own authorities.
    trusted = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusted), Stay)
    try:
        request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)
        with opener.open(request, timeout=SECONDS) as answer:
            return answer.status, answer.read(most)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(most)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise UnreachableError("AWS does not answer", given=f"{urlsplit(url).netloc}: {error}") from error
