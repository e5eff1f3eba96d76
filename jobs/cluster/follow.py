"""Follows a Job to its end: logs line by line, and the pod's own reason when it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jobs.cluster import pods
from jobs.cluster.api import Api
from jobs.cluster.errors import ApiError
from jobs.cluster.lines import lines
from jobs.cluster.manifest import CONTAINER, NAMESPACE
from jobs.cluster.reasons import events, why
from jobs.errors import ClusterError


@dataclass
class Follower:
    """Of one Job; a pod's log is told from its beginning to its end before the next pod's."""

    api: Api
    name: str
    say: Callable[[str], None]
    followed: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    def follow(self) -> None:
        """Returns when the Job is complete. Raises ClusterError."""
        try:
            self._to_the_end()
        except ApiError as error:
            raise ClusterError(
                f"job {self.api.namespace}/{self.name} cannot be followed any more; it may still run",
                details=tuple(str(error).splitlines()),
                change=self._look_at("status"),
            ) from error

    def _to_the_end(self) -> None:
        while True:
            job = self.api.job(self.name)
            match pods.condition(job):
                case "Complete":
                    return
                case "Failed":
                    raise self._failed(pods.failure(job))
            self._look(job)

    def _look(self, job: dict[str, Any]) -> None:
        status = job.get("status") or {}
        begun = sum(status.get(count) or 0 for count in ("active", "succeeded", "failed"))
        if self.followed and begun <= len(self.followed):
            # Every attempt was followed to its end: what comes next is the Job's own word, or another attempt.
            self.api.until_changed(self.name, job["metadata"]["resourceVersion"])
            return
        for pod in self.api.watch_pods(self.name):
            name = pod["metadata"]["name"]
            if name not in self.followed and pods.has_started(pod, CONTAINER):
                self.followed.add(name)
                self._log(name, pods.index(pod))
                break
            reason = pods.waiting(pod)
            if reason and reason[0] not in self.told:
                self.told.add(reason[0])
                self.say(f"pod {name}: {reason[0]}")
            if reason and reason[1]:
                raise self._failed(reason[0])
        if not self.followed and not self.api.pods(self.name) and (refused := events(self.api, self.name)):
            raise self._failed("the Job gets no pod", refused)

    def _log(self, pod: str, index: int | None) -> None:
        """A log that cannot be had or breaks off is told and no failure: the Job's own word decides."""
        prefix = "" if index is None else f"[{index}] "
        try:
            for line in lines(self.api.log(pod, CONTAINER, follow=True)):
                self.say(prefix + line)
        except ApiError as error:
            self.say(f"pod {pod}: its log cannot be read further: {error.given}")

    def _failed(self, reason: str, details: tuple[str, ...] = ()) -> ClusterError:
        more = (line for line in why(self.api, self.name) if line not in details)
        return ClusterError(
            f"job {self.api.namespace}/{self.name} failed: {reason}",
            details=(*details, *more),
            change=self._look_at("logs", "retry"),
        )

    def _look_at(self, *words: str) -> str:
        """Commands; those of `mlops train` see Jobs of their own namespace."""
        if self.api.namespace != NAMESPACE:
            return f"`kubectl -n {self.api.namespace} describe job {self.name}`"
        return ", then ".join(f"`mlops train {word} {self.name}`" for word in words)
