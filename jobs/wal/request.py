"""A set of a time between two sets, made in the cluster: where a PostgreSQL is that may be thrown away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from jobs.backup.sets import Entry, Sets
from jobs.cluster.access import Access
from jobs.cluster.api import Api
from jobs.cluster.job import JobSpec
from jobs.cluster.run import Cluster
from jobs.datasets import moment
from jobs.wal.coverage import as_late_as
from jobs.wal.kept import spans_of

Say = Callable[[str], None]
# Of the mould that the stack makes (infra/schedules/recovery.py), with the PostgreSQL beside the Job.
NAMESPACE, TEMPLATE = "ml-platform", "recovery"
DEADLINE = 3600


def set_of(sets: Sets, at: datetime, say: Say) -> Entry:
    """The newest set that is not later than a time, made out of the log first where that leads further.

    Raises BackupError, UnreachableError, ClusterError, ConfigError.
    """
    time = as_late_as(at, spans_of(sets.shelf, say))
    before = sets.entries()
    if time is None or any(time < one.time <= at for one in before):
        return sets.find(None, at)
    if time < at:
        say(f"the log goes up to {time.isoformat()}: nothing later comes back")
    make(at, say)
    # Another set may have been taken meanwhile.
    made = [one for one in sets.entries() if one not in before and one.time == time.replace(microsecond=0)]
    return made[-1] if made else sets.find(None, at)


def make(at: datetime, say: Say, access: Access | None = None) -> None:
    """Afterwards there is a set of that time, or of the last of the log before it. Raises ClusterError, ConfigError."""
    cluster = Cluster(api=Api(access or Access.choose(), NAMESPACE))
    spec = JobSpec(
        name=f"recovery-{moment.key_of(at).lower()}-{moment.now():%H%M%S}", kind="recovery", template=TEMPLATE,
        command=("mlops", "wal", "recover", "--at", at.isoformat()), deadline=DEADLINE, retries=0,
    )  # fmt: skip
    cluster.create(spec)
    say(f"job {NAMESPACE}/{spec.name} makes a set of {at.isoformat()}")
    cluster.follow(spec.name, say)
