"""The emulators as processes, and the environment that leads to them."""

from __future__ import annotations

import os
from pathlib import Path

import boto3
import pytest

from local.aws.emulators import Emulators
from local.aws.routes import ACCOUNT, MINISTACK, MOTO, environment

URLS = {MOTO: "http://127.0.0.1:1", MINISTACK: "http://127.0.0.1:2"}


def test_a_service_goes_to_moto_unless_the_table_says_otherwise() -> None:
    variables = environment(URLS)
    assert variables["AWS_ENDPOINT_URL"] == URLS[MOTO]
    assert variables["AWS_ENDPOINT_URL_EKS"] == URLS[MINISTACK]


def test_both_answer_for_one_account_and_are_gone_when_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    emulators = Emulators(tmp_path)
    with emulators as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        pids = emulators.pids
        urls = {variables["AWS_ENDPOINT_URL"], variables["AWS_ENDPOINT_URL_EKS"]}
        accounts = {boto3.client("sts", endpoint_url=url).get_caller_identity()["Account"] for url in urls}
        assert (len(urls), accounts) == (2, {ACCOUNT})
        assert boto3.client("eks").list_clusters()["clusters"] == []
    assert emulators.pids == {}
    for pid in pids.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
