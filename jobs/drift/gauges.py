"""What Prometheus hears of a check, through the gateway for short jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jobs import metrics

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

JOB = "drift-check"
PARTS = ("prediction", "label", "performance")


def gauges(report: Mapping[str, Any]) -> CollectorRegistry:
    """Of one report; verdicts and parts that were not measured have no figure."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()

    def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"mlops_drift_{name}", text, labels, registry=registry)

    detected = gauge("detected", "1 when the part has drifted.", ("part",))
    detected.labels("data").set(report["moved"] > 0)
    for part in PARTS:
        if part in report:
            detected.labels(part).set(report[part]["drifted"])
    gauge("inconclusive", "1 when the window could not decide.").set(report["verdict"] == "inconclusive")
    gauge("moved_features", "Features that have drifted.").set(report["moved"])
    gauge("window_rows", "Rows that were checked.").set(report["rows"])
    gauge("check_timestamp_seconds", "When the check ran.").set(datetime.fromisoformat(report["time"]).timestamp())
    if "canaries" in report:
        canaries = gauge("canaries", "Drifts that were planted, by whether they were found.", ("result",))
        canaries.labels("found").set(report["canaries"]["found"])
        canaries.labels("missed").set(len(report["canaries"]["missed"]))
    psi = gauge("feature_psi", "Population stability index of a feature.", ("feature",))
    missing = gauge("feature_missing_ratio", "Share of rows without the feature.", ("feature",))
    for feature in report["features"]:
        psi.labels(feature["feature"]).set(feature["psi"])
        missing.labels(feature["feature"]).set(feature["missing"])
    return registry


def publish(report: Mapping[str, Any]) -> bool:
    """Whether the gateway has them; without a gateway nothing is done."""
    return metrics.push(JOB, gauges(report), {"model": report["model"]})
