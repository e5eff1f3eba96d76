"""A set of a time between two sets, made in the cluster: where a PostgreSQL is that may be thrown away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from jobs.backup.sets import Sets
from jobs.cluster.access import Access
from jobs.cluster.api import Api
from jobs.cluster.job import JobSpec
from jobs.cluster.run import Cluster
from jobs.datasets import moment
from jobs.wal.kept import spans_of

Say = Callable[[str], None]
# Of the mould that the stack makes (infra/schedules/recovery.py), with the PostgreSQL beside the Job.
NAMESPACE, TEMPLATE = "ml-platform", "recovery"
DEADLINE = 3600


def leads_to(sets: Sets, time: datetime) -> bool:
    """Whether the log in the bucket does. Raises BackupError, UnreachableError."""
    return any(span.first <= time <= span.last for span in spans_of(sets.shelf))


def make(time: datetime, say: Say, access: Access | None = None) -> None:
    """Afterwards the newest set that is not newer than the time is of that time. Raises ClusterError, ConfigError."""
    cluster = Cluster(api=Api(access or Access.choose(), NAMESPACE))
    spec = JobSpec(
        name=f"recovery-{moment.key_of(time).lower()}-{moment.now():%H%M%S}", kind="recovery", template=TEMPLATE,
        command=("mlops", "wal", "recover", "--at", time.isoformat()), deadline=DEADLINE, retries=0,
    )  # fmt: skip
    cluster.create(spec)
    say(f"job {NAMESPACE}/{spec.name} makes a set of {time.isoformat()}")
    cluster.follow(spec.name, say)
