"""Tells the event bus that data has drifted; who listens is not our business."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jobs.errors import MlopsError, explain
from jobs.settings import StoreSettings

SOURCE = "mlops.drift"
DETAIL_TYPE = "DriftFound"
# EventBridge takes 256 KB. The report itself has the rest.
FEATURES = 50
NEW = 5
PARTS = ("prediction", "label", "performance")


def detail(report: Mapping[str, Any], platform: str) -> dict[str, Any]:
    """What the event says: which data against which version, where the report is, and the features that moved.

    `threshold`: the chance of a false alarm.
    """
    moved = [one for one in report["features"] if one["drifted"]]
    return {
        "platform": platform,
        **{key: report[key] for key in ("time", "model", "version", "current", "rows", "threshold")},
        "report": report.get("report"),
        **{part: {"drifted": True} for part in PARTS if report.get(part, {}).get("drifted")},
        "checked": len(report["features"]),
        "moved": len(moved),
        "features": [
            {"feature": one["feature"], "psi": one["psi"], "missing": one["missing"], "new": one["new"][:NEW]}
            for one in moved[:FEATURES]
        ],
    }


def announce(report: Mapping[str, Any], bus: str, platform: str) -> str:
    """Puts the event on the bus → its id. Raises UnreachableError without an answer, MlopsError when it is refused."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 3, "mode": "standard"})
    client = boto3.client("events", region_name=StoreSettings.read().region, config=config)
    said = json.dumps(detail(report, platform))
    try:
        answer = client.put_events(
            Entries=[{"EventBusName": bus, "Source": SOURCE, "DetailType": DETAIL_TYPE, "Detail": said}]
        )
    except Exception as error:
        raise explain(error) or error from error
    result = answer["Entries"][0]
    if answer["FailedEntryCount"]:
        raise MlopsError(
            "the event bus refused the event", given=f"{bus}: {result.get('ErrorCode')}: {result.get('ErrorMessage')}"
        )
    return str(result["EventId"])
