"""How old is what must not be old?"""

from __future__ import annotations

from datetime import datetime, timedelta

from jobs.checks.check import Finding, bad, fine, skipped
from jobs.checks.system import System
from jobs.datasets.moment import age_text

# A day, and an hour for the run itself.
DAILY = timedelta(hours=25)
DRIFT, HOURS = "drift/", 48


def backup(system: System) -> Finding:
    """The newest backup is not older than a day."""
    from jobs.backup.sets import Sets

    # Of what it holds, not of when it was written: a set of last week may have been made out of the log a minute ago.
    times = [one.time.timestamp() for one in Sets.at(None).entries()]
    return _young(system, "backup", max(times, default=None), "take one now, and look at its CronJob")


def drift_report(system: System) -> Finding:
    """The newest drift report is not older than a day."""
    from jobs.places import bucket

    times = [time for _, time in _objects(f"s3://{bucket('features')}/{DRIFT}")]
    return _young(system, "drift report", max(times, default=None), "`mlops drift check`, and look at its CronJob")


def inference_log(system: System) -> Finding:
    """The model servers' answers are kept; the newest of the last two days."""
    from jobs.places import bucket
    from jobs.serving.inference_log_place import key

    hours = (system.now - timedelta(hours=back) for back in range(HOURS))
    place = f"s3://{bucket('inference_logs')}"
    for hour in hours:
        folder = key(system.model, hour.timestamp(), "", 0).rpartition("/")[0]
        if times := [time for _, time in _objects(f"{place}/{folder}/")]:
            return fine(f"the newest was written {age_text(system.age(max(times)))} ago")
    return skipped(f"nothing was predicted in the last {HOURS} hours")


def _young(system: System, what: str, newest: float | None, change: str) -> Finding:
    if newest is not None:
        age = system.age(newest)
        told = f"the newest {what} is {age_text(age)} old"
        return fine(told) if age <= DAILY else bad(f"{told}, at most {age_text(DAILY)} is allowed", change)
    up = _up_since(system)
    if up is None or system.age(up) <= DAILY:
        return skipped(f"no {what} yet; the platform is younger than a day")
    return bad(f"there is no {what}, and the platform is {age_text(system.age(up))} old", change)


def _up_since(system: System) -> datetime | None:
    """When the first of the platform's namespaces was made; None when it is not known."""
    names = set(system.outputs.get("namespaces", []))
    made = [
        datetime.fromisoformat(one["metadata"]["creationTimestamp"])
        for one in system.cluster.items("/api/v1/namespaces")
        if one["metadata"]["name"] in names
    ]
    return min(made, default=None)


def _objects(url: str) -> list[tuple[str, float]]:
    from jobs.store import list_objects

    return list_objects(url)
