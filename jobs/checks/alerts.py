"""What Prometheus and Alertmanager say. Pure below the checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jobs.checks.check import Finding, fine, judged, skipped
from jobs.checks.system import System

# Somebody must act now (infra/observability/alert.py).
URGENT = ("P0", "P1")
RUNBOOKS = "docs/runbooks of the alert says what to do"


def targets(system: System) -> Finding:
    """Prometheus gets the metrics of everything it asks."""
    if system.address("prometheusUrl") is None:
        return skipped("no prometheusUrl is known")
    active = system.prometheus.data("/api/v1/targets?state=active")["activeTargets"]
    # One that was found just now is asked within a scrape's interval; until then nothing is known of it.
    found = [one for one in active if one["health"] != "unknown"]
    problems = [
        f"{one['scrapePool']} at {one['scrapeUrl']}: {one['lastError'] or one['health']}"
        for one in found
        if one["health"] != "up"
    ]
    if not found:
        problems = ["Prometheus asks nobody for metrics"]
    return judged(problems, f"{len(found)} targets are up", "look at the pod behind the target: `make status`")


def rules(system: System) -> Finding:
    """The alert rules are loaded, and each can be evaluated."""
    if system.address("prometheusUrl") is None:
        return skipped("no prometheusUrl is known")
    groups = system.prometheus.data("/api/v1/rules")["groups"]
    loaded = [one for group in groups for one in group["rules"]]
    alerting = [one for one in loaded if one["type"] == "alerting"]
    problems = [f"{one['name']}: {one.get('lastError') or one['health']}" for one in loaded if one["health"] == "err"]
    if not alerting:
        problems = ["Prometheus has no alert rules"]
    return judged(problems, f"{len(alerting)} alerts, {len(loaded) - len(alerting)} recordings", "`pulumi up`")


def quiet(system: System) -> Finding:
    """No alert of P0 or P1 is firing."""
    if system.address("prometheusUrl") is None:
        return skipped("no prometheusUrl is known")
    return verdict(system.prometheus.data("/api/v1/alerts")["alerts"])


def alertmanager_told(system: System) -> Finding:
    """What fires in Prometheus arrives at Alertmanager."""
    address = system.address("alertmanagerUrl")
    if address is None or system.address("prometheusUrl") is None:
        return skipped("no alertmanagerUrl is known")
    fires = {named(one) for one in firing(system.prometheus.data("/api/v1/alerts")["alerts"])}
    arrived = {named(one) for one in system.http.get(f"{address}/api/v2/alerts").json()}
    problems = [f"{name} fires and is not at Alertmanager" for name in sorted(fires - arrived)]
    return judged(problems, f"{len(fires)} firing alerts have arrived", "the logs of both: `make status`")


def verdict(alerts: Sequence[Mapping[str, Any]]) -> Finding:
    """Bad with an urgent one; others are told."""
    urgent = sorted({f"{_severity(one)} {named(one)}: {_summary(one)}" for one in firing(alerts, URGENT)})
    others = sorted({f"{named(one)} ({_severity(one)})" for one in firing(alerts)})
    if urgent:
        return judged(urgent, "", RUNBOOKS)
    return fine(f"none of P0 or P1; firing: {', '.join(others) or 'none'}")


def firing(alerts: Iterable[Mapping[str, Any]], severities: Sequence[str] = ()) -> list[Mapping[str, Any]]:
    """Those that fire, of these severities or of all."""
    return [one for one in alerts if one["state"] == "firing" and (not severities or _severity(one) in severities)]


def named(alert: Mapping[str, Any]) -> str:
    return str(alert["labels"]["alertname"])


def _severity(alert: Mapping[str, Any]) -> str:
    return str(alert["labels"].get("severity", ""))


def _summary(alert: Mapping[str, Any]) -> str:
    return str(alert.get("annotations", {}).get("summary", ""))
