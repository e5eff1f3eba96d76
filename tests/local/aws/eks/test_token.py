from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from local.aws.eks.token import CLUSTER_HEADER, PREFIX, Refused, key_of

SECRETS = {"AKIATEST": "secret"}


def presigned(cluster: str = "mlops-test", secret: str = "secret", endpoint: str = "http://127.0.0.1:4566") -> str:
    """The request that `aws eks get-token` signs, made as it makes it."""
    sts = boto3.client(
        "sts", "eu-central-1", endpoint_url=endpoint, aws_access_key_id="AKIATEST", aws_secret_access_key=secret
    )
    sts.meta.events.register(
        "before-sign.sts.GetCallerIdentity", lambda request, **_: request.headers.add_header(CLUSTER_HEADER, cluster)
    )
    return str(sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET"))


def encoded(url: str) -> str:
    return PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def check(token: str, cluster: str = "mlops-test", later: timedelta = timedelta()) -> str:
    return key_of(token, cluster, SECRETS, datetime.now(UTC) + later)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4566", "https://sts.eu-central-1.amazonaws.com"])
def test_the_key_that_signed_for_this_cluster_is_told(endpoint: str) -> None:
    assert check(encoded(presigned(endpoint=endpoint))) == "AKIATEST"


def test_a_token_for_another_cluster_is_refused() -> None:
    with pytest.raises(Refused, match="signed for another cluster than 'mlops-prod'"):
        check(encoded(presigned()), "mlops-prod")


def test_a_token_signed_with_another_secret_is_refused() -> None:
    with pytest.raises(Refused, match="with another secret key"):
        check(encoded(presigned(secret="guessed")))


def test_a_changed_request_is_refused() -> None:
    with pytest.raises(Refused, match="with another secret key"):
        check(encoded(presigned().replace("X-Amz-Expires=60", "X-Amz-Expires=600")))


def test_a_key_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match="'AKIAOTHER' is not known"):
        check(encoded(presigned().replace("AKIATEST", "AKIAOTHER")))


def test_a_token_is_good_for_a_quarter_of_an_hour_though_its_request_expires_earlier() -> None:
    token = encoded(presigned())
    assert check(token, later=timedelta(minutes=14)) == "AKIATEST"
    with pytest.raises(Refused, match="a token is good for 15 minutes"):
        check(token, later=timedelta(minutes=16))


def test_a_token_from_the_future_is_refused() -> None:
    with pytest.raises(Refused, match="was signed at"):
        check(encoded(presigned()), later=timedelta(minutes=-10))


def test_a_signature_that_does_not_cover_the_cluster_is_refused() -> None:
    url = re.sub("%3Bx-k8s-aws-id", "", presigned())
    with pytest.raises(Refused, match="does not cover x-k8s-aws-id"):
        check(encoded(url))


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("", "no token of"),
        ("eyJhbGciOi.x.y", "no token of"),
        (PREFIX + "%%%", "no presigned"),
        (PREFIX + "/w==", "no token of"),
        (encoded("https://example.org/?a=b"), "no presigned GetCallerIdentity"),
        (encoded("https://x/?Action=AssumeRole&X-Amz-Credential=a/20260101/r/sts/aws4_request"), "no presigned"),
    ],
)
def test_what_is_no_such_token_is_refused(token: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        check(token)
