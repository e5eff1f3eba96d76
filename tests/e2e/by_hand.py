"""What the clock starts, started by hand, and the store as a plain client sees it."""

from __future__ import annotations

import secrets
from typing import Any

import boto3

from local.cluster.wait import until
from tests.support.platform import Platform


def run_now(platform: Platform, namespace: str, cronjob: str) -> str:
    """Runs the CronJob's Job once and returns its log; fails with the log when the Job fails."""
    job = f"{cronjob}-{secrets.token_hex(3)}"
    platform.kubectl("create", "job", job, f"--from=cronjob/{cronjob}", "--namespace", namespace)

    def ended() -> dict[str, Any]:
        status: dict[str, Any] = platform.api.get(f"/apis/batch/v1/namespaces/{namespace}/jobs/{job}")["status"]
        return status if status.get("succeeded") or status.get("failed") else {}

    status = until(f"job {job} to end", ended, seconds=180)
    log = platform.kubectl("logs", f"job/{job}", "--namespace", namespace).stdout
    assert status.get("succeeded") == 1, log
    return log


def store(platform: Platform) -> Any:
    """An S3 client with the exported environment and nothing else."""
    given = platform.environment
    return boto3.client(
        "s3",
        endpoint_url=given["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        region_name=given["AWS_DEFAULT_REGION"],
        verify=given["AWS_CA_BUNDLE"],
    )
