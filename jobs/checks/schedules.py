"""Do the CronJobs run, and did their last run end well? Pure below `cron_jobs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jobs.checks.check import Finding, bad, judged, skipped
from jobs.checks.system import System

Object = Mapping[str, Any]


def cron_jobs(system: System) -> Finding:
    """Every CronJob is there and not suspended, and the last run of each ended well."""
    namespaces = set(system.outputs.get("namespaces", []))
    if not namespaces:
        return skipped("no namespaces are known")
    there = [one for one in system.cluster.items("/apis/batch/v1/cronjobs") if _namespace(one) in namespaces]
    if not there:
        return bad("there are no CronJobs", "`pulumi up` of the stack makes them")
    runs = [one for one in system.cluster.items("/apis/batch/v1/jobs") if _namespace(one) in namespaces]
    problems = [found for one in there if (found := problem(one, runs))]
    ran = sum(bool(one.get("status", {}).get("lastScheduleTime")) for one in there)
    return judged(
        problems, f"{len(there)} CronJobs, {ran} of them have run, the last run of each is good",
        "its log: `kubectl logs -n NAMESPACE job/NAME`; resume it with `kubectl patch cronjob`",
    )  # fmt: skip


def problem(cron: Object, jobs: Sequence[Object]) -> str | None:
    """What is wrong with one CronJob; None also while it has never run."""
    name = f"{_namespace(cron)}/{cron['metadata']['name']}"
    if cron["spec"].get("suspend"):
        return f"{name} is suspended"
    ended = [(when, one) for one in jobs if _owner(one) == cron["metadata"]["uid"] and (when := _end(one))]
    if not ended:
        return None
    last = max(ended, key=lambda pair: pair[0])[1]
    condition = _condition(last)
    if condition["type"] == "Complete":
        return None
    return f"{name}: its last run {last['metadata']['name']} failed ({condition.get('reason', 'no reason')})"


def _end(job: Object) -> datetime | None:
    """When it was over; None while it runs."""
    condition = _condition(job)
    return datetime.fromisoformat(condition["lastTransitionTime"]) if condition else None


def _condition(job: Object) -> dict[str, Any]:
    conditions = job.get("status", {}).get("conditions") or []
    return next((one for one in conditions if one["type"] in ("Complete", "Failed") and one["status"] == "True"), {})


def _owner(job: Object) -> str:
    return next((one["uid"] for one in job["metadata"].get("ownerReferences", []) if one["kind"] == "CronJob"), "")


def _namespace(one: Object) -> str:
    return str(one["metadata"]["namespace"])
