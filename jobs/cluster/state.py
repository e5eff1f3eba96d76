"""How a Job stands, from its status and its pods'; pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from jobs.cluster import pods
from jobs.cluster.manifest import EXPERIMENT, KIND, RETRY_OF

Phase = Literal["Pending", "Running", "Complete", "Failed"]


@dataclass(frozen=True)
class JobState:
    """Times are RFC 3339 in UTC. `active`, `succeeded` and `failed` count pods.

    `reason` is the Job's own word, `details` its pods' and events'; only `Cluster.status` fills the details.
    """

    name: str
    kind: str | None
    phase: Phase
    experiment: str | None
    created: str
    finished: str | None
    active: int
    succeeded: int
    failed: int
    workers: int
    reason: str | None
    retry_of: str | None
    labels: dict[str, str]
    details: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.phase in ("Complete", "Failed")

    def as_dict(self) -> dict[str, object]:
        """For machines; `retryOf` as in all our JSON."""
        data = asdict(self)
        return {**{key: data[key] for key in data if key != "retry_of"}, "retryOf": self.retry_of}


def state_of(job: dict[str, Any], details: tuple[str, ...] = ()) -> JobState:
    """Of the Job as the API tells it."""
    metadata, spec, status = job["metadata"], job.get("spec") or {}, job.get("status") or {}
    labels = dict(metadata.get("labels") or {})
    counts = {key: int(status.get(key) or 0) for key in ("active", "succeeded", "failed")}
    phase: Phase
    match pods.condition(job):
        case "Complete":
            phase = "Complete"
        case "Failed":
            phase = "Failed"
        case _:
            phase = "Running" if status.get("ready") or counts["succeeded"] or counts["failed"] else "Pending"
    return JobState(
        name=metadata["name"],
        kind=labels.get(KIND),
        phase=phase,
        experiment=labels.get(EXPERIMENT),
        created=str(metadata.get("creationTimestamp") or ""),
        finished=pods.finished(job),
        **counts,
        workers=int(spec.get("completions") or 1),
        reason=pods.failure(job) if phase == "Failed" else None,
        retry_of=(metadata.get("annotations") or {}).get(RETRY_OF),
        labels=labels,
        details=details,
    )
