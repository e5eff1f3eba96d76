"""Requests that the function signs itself, beside botocore's, and answered by an emulator."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from functions.predict.aws import Identity, get_object, get_secret, signed
from functions.predict.environment import Environment
from functions.predict.source import source_of
from jobs.errors import BundleError, ConfigError, UnreachableError
from jobs.registry.champion import Champion, ChampionReader
from jobs.training.experiment import Trained

NOW = datetime(2026, 11, 29, 12, 34, 56, tzinfo=UTC)
KEYS = st.text("ABCDEFghijkl0123456789/+", min_size=16, max_size=40)


@settings(max_examples=60, deadline=None)
@given(KEYS, KEYS, st.sampled_from(["", "a-session-token"]), st.binary(max_size=200), st.sampled_from(["s3", "other"]))
def test_a_request_has_the_signature_that_botocore_gives_it(
    access: str, secret: str, token: str, body: bytes, service: str
) -> None:
    url = "https://bucket.s3.eu-central-1.amazonaws.com/1/models/m-0a_b.c~d/artifacts/bundle/model.onnx"
    ours = signed(Identity(access, secret, token, "eu-central-1"), service, "POST", url, {"x-own": "a b"}, body, NOW)
    request = AWSRequest("POST", url, {"x-own": "a b", "x-amz-content-sha256": ours["x-amz-content-sha256"]}, body)
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    signer = kind(Credentials(access, secret, token or None), service, "eu-central-1")
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW.replace(tzinfo=None)):
        signer.add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]
    assert ours["x-amz-date"] == request.headers["X-Amz-Date"]


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An emulated S3 and Secrets Manager, and the identity that Lambda gives a function."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def client(service: str) -> Any:
    return boto3.client(service, region_name="eu-central-1")  # type: ignore[call-overload]  # stubs know names only


@pytest.mark.usefixtures("amazon")
def test_an_object_is_read_and_what_is_missing_or_too_large_is_told() -> None:
    place = {"LocationConstraint": "eu-central-1"}
    client("s3").create_bucket(Bucket="artifacts", CreateBucketConfiguration=place)
    client("s3").put_object(Bucket="artifacts", Key="1/a b/c+d.onnx", Body=b"12345")
    assert get_object("artifacts", "1/a b/c+d.onnx", 5) == b"12345"
    with pytest.raises(BundleError, match="too large"):
        get_object("artifacts", "1/a b/c+d.onnx", 4)
    with pytest.raises(BundleError, match="cannot be had"):
        get_object("artifacts", "nothing", 4)


@pytest.mark.usefixtures("amazon")
def test_a_secret_is_read_and_one_that_may_not_be_read_is_told() -> None:
    arn = client("secretsmanager").create_secret(Name="password", SecretString="sésame")["ARN"]
    assert get_secret(arn) == "sésame"
    with pytest.raises(ConfigError, match="cannot be read"):
        get_secret(arn + "x")
    with pytest.raises(ConfigError, match="cannot be read"):
        get_secret("password")


def test_without_an_identity_or_an_answer_it_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="no AWS identity"):
        get_object("artifacts", "key", 1)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(UnreachableError, match="AWS does not answer"):
        get_object("artifacts", "key", 1)


@pytest.mark.usefixtures("amazon")
def test_a_function_without_a_model_fetches_the_one_of_its_place_from_s3_with_a_password_of_secrets_manager(
    trained: list[Trained], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = trained[0]
    client("s3").create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for file in Path(one.folder).iterdir():
        client("s3").put_object(Bucket="models", Key=f"m-1/artifacts/bundle/{file.name}", Body=file.read_bytes())
    arn = client("secretsmanager").create_secret(Name="tracking", SecretString="sesame")["ARN"]
    asked: list[tuple[str, ...]] = []

    def at(reader: ChampionReader, *what: str) -> Champion:
        asked.append((reader._headers["Authorization"], *what))
        return Champion("churn-classifier", "3", one.digest, "s3://models/m-1")

    monkeypatch.setattr(ChampionReader, "at", at)
    source = source_of(Environment.read({
        "MLFLOW_TRACKING_URI": "https://mlflow", "MLFLOW_TRACKING_USERNAME": "serving",
        "MLOPS_TRACKING_PASSWORD_ARN": arn,
    }))  # fmt: skip
    assert source.refresh(), source.problem
    assert source.served
    assert source.served.champion.version == "3"
    assert asked == [("Basic c2VydmluZzpzZXNhbWU=", "churn-classifier", "champion", "lambda", "")]


def test_keys_are_sent_to_nobody_that_the_store_leads_to(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/elsewhere":
                elsewhere.append(str(self.headers["Authorization"]))
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Standard error belongs to the test."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    try:
        with pytest.raises(UnreachableError, match="302"):
            get_object("artifacts", "key", 1)
    finally:
        server.shutdown()
        server.server_close()
    assert elsewhere == []
