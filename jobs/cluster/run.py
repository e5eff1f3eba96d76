"""Jobs of one cluster: created once, told about, tried again, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from jobs.cluster import manifest, pods
from jobs.cluster.access import Access
from jobs.cluster.api import Api
from jobs.cluster.follow import Follower
from jobs.cluster.job import JobSpec, Kind, next_attempt
from jobs.cluster.lines import lines
from jobs.cluster.reasons import why
from jobs.cluster.resources import Resources
from jobs.cluster.state import JobState, state_of
from jobs.errors import ClusterError

Say = Callable[[str], None]
# `list` is also the name of a method.
Jobs = list[JobState]


class Cluster:
    """Every method raises ClusterError when Kubernetes refuses, ConfigError when there is none."""

    def __init__(self, access: Access | None = None, api: Api | None = None) -> None:
        self.api = api or Api(access or Access.choose())

    def create(self, spec: JobSpec) -> JobState:
        """One request makes the whole Job. Raises JobExists when the name is taken: whoever comes second knows."""
        return state_of(self.api.create(manifest.job_manifest(spec, self.api.template(spec.template))))

    def follow(self, name: str, say: Say) -> None:
        """Streams logs until the Job ends. Raises ClusterError when it fails, cannot start or is not seen any more."""
        Follower(self.api, name, say).follow()

    def status(self, name: str) -> JobState:
        """With the reasons of pods and events in `details`. Raises NotFound."""
        job = self.api.job(name)
        return state_of(job, () if pods.condition(job) == "Complete" else why(self.api, name))

    def list(self, kind: Kind | None = None, labels: Mapping[str, str] | None = None) -> Jobs:
        """Newest first; only Jobs made here."""
        found = [state_of(job) for job in self.api.jobs(_selector(kind, labels))]
        return sorted(found, key=lambda one: (one.created, one.name), reverse=True)

    def watch(self, kind: Kind | None = None, labels: Mapping[str, str] | None = None) -> Iterator[JobState]:
        """As `list`, then each Job whenever it changes, until all have ended."""
        seen = {one.name: one for one in self.list(kind, labels)}
        yield from seen.values()
        while not all(one.ended for one in seen.values()):
            for job in self.api.watch_jobs(_selector(kind, labels)):
                state = state_of(job)
                if state != seen.get(state.name):
                    seen[state.name] = state
                    yield state
                if all(one.ended for one in seen.values()):
                    return
            # What was deleted in the meantime ends no watch of its own.
            left = {one.name for one in self.list(kind, labels)}
            seen = {name: one for name, one in seen.items() if name in left}

    def logs(self, name: str, say: Say, index: int | None = None) -> int:
        """What the pods have said so far, each under its name → the number of pods; `index` means one worker."""
        self.api.job(name)
        found = [pod for pod in self.api.pods(name) if index is None or pods.index(pod) == index]
        for pod in sorted(found, key=lambda one: str(one["metadata"].get("creationTimestamp"))):
            if len(found) > 1:
                say(f"--- pod {pod['metadata']['name']}")
            if pods.has_started(pod, manifest.CONTAINER):
                for line in lines(self.api.log(pod["metadata"]["name"], manifest.CONTAINER, follow=False)):
                    say(line)
            elif reason := pods.waiting(pod):
                say(reason[0])
        return len(found)

    def delete(self, name: str) -> None:
        """With its pods. Raises NotFound."""
        self.api.delete(name)

    def retry(
        self, name: str, resources: Resources | None = None, image: str | None = None, deadline: int | None = None
    ) -> JobState:
        """A failed Job once more as `<name>-r1`, -r2 …; the failed one stays as evidence.

        Raises ClusterError for one that runs or is complete, JobExists when another retry of it came first.
        """
        job = self.api.job(name)
        state, spec = state_of(job), manifest.spec_of(job)
        if state.phase != "Failed":
            raise ClusterError(
                "only a failed Job is tried again", given=f"{name} is {state.phase}",
                change="wait for its end (`mlops train logs --follow`), or start another",
            )  # fmt: skip
        again = spec.again(next_attempt(name), resources, image, deadline)
        body = manifest.job_manifest(again, self.api.template(again.template), retry_of=name)
        return state_of(self.api.create(body))


def _selector(kind: Kind | None, labels: Mapping[str, str] | None) -> str:
    wanted = {"app.kubernetes.io/managed-by": "mlops", **({manifest.KIND: kind} if kind else {}), **(labels or {})}
    return ",".join(f"{key}={value}" for key, value in sorted(wanted.items()))
