"""Kill tests on the running platform of this machine: `python -m benchmarks.chaos`.

A thousand clients write runs, params, metrics, files and versions while PostgreSQL, the store, MLflow's servers and a
training pod are killed (`kill -9` of every process of the pod). Afterwards every acknowledged value and file must be
stored as it was sent, and no registered version may name files that are not there. `--write` puts the recovery times
into docs/recovery.md. Only an instance of this machine is touched, and it is the worse for it while this runs.
"""

from __future__ import annotations

import argparse
import datetime
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from benchmarks.chaos_client import Ledger
from benchmarks.chaos_platform import Target, writing
from benchmarks.chaos_sets import Round, compare, table
from benchmarks.chaos_target import Victim, allowed, environment
from benchmarks.tables import with_tables
from jobs.cluster.access import Access
from jobs.cluster.job import JobSpec
from jobs.cluster.run import Cluster as Jobs
from jobs.settings import Instance as Own
from jobs.training.config import Experiment
from jobs.training.on_cluster import training_job
from local.cache import cache_root
from local.cluster.client import Cluster
from local.cluster.registry import find_instance
from local.cluster.wait import until
from local.errors import LocalError

ROOT = Path(__file__).parents[1]
DOC = ROOT / "docs" / "recovery.md"
CONFIG = ROOT / "configs" / "churn-experiment.yaml"
NAME = "app.kubernetes.io/name"
# Acknowledged by each server before something is killed.
WARM = 200
# Bounds of one round.
SECONDS, REQUESTS = 300.0, 30_000
MODELS = 50
# Writes go on for so long after recovery.
AFTER = 5.0
TRAINING = "a training pod"


@dataclass(frozen=True)
class Kind:
    """What is killed, and whose writes tell of its recovery."""

    name: str
    victim: Victim
    server: str


KINDS = (
    Kind("PostgreSQL", Victim("ml-platform", {NAME: "postgres"}), "tracking"),
    Kind("the store", Victim("ml-platform", {NAME: "store"}), "store"),
    Kind("one MLflow server", Victim("ml-platform", {NAME: "mlflow"}, most=1), "tracking"),
    Kind("every MLflow server", Victim("ml-platform", {NAME: "mlflow"}), "tracking"),
)


@dataclass
class Chaos:
    """One instance under the writes of `clients`; `problems` is what was lost."""

    target: Target
    cluster: Cluster
    jobs: Jobs
    clients: int
    say: Callable[[str], None]
    rounds: list[Round] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def kill(self, kind: Kind) -> None:
        """One round."""
        self._renew(kind.victim)
        self._round(kind.name, lambda ledger: self._killed(kind, ledger))

    def kill_training(self) -> None:
        """A Job's pod dies while it works; another attempt must end the work, beside all the writes."""
        config = yaml.safe_load(CONFIG.read_text()) | {"experiment": self._name(), "cross_validation": {"folds": 2}}
        config["candidates"] = config["candidates"][:1]
        spec = training_job(yaml.safe_dump(config, sort_keys=False), Experiment.model_validate(config))
        try:
            self._round(TRAINING, lambda ledger: self._killed_training(spec, config["experiment"], ledger))
        finally:
            self.jobs.delete(spec.name)
            self.target.remove_experiment(config["experiment"])

    def _round(self, name: str, kill: Callable[[Ledger], tuple[float, float]]) -> None:
        before = set(self.target.dangling())
        where = self.target.prepare(self._name(), MODELS)
        with writing(where, self.clients, "w", REQUESTS) as ledger:
            self._wait("writes", lambda: all(_acknowledged(ledger, one) >= WARM for one in ("tracking", "store")))
            first, whole = kill(ledger)
            end = time.monotonic() + AFTER
            self._wait("more writes", lambda: time.monotonic() > end)
        stored = self.target.stored(where)
        found = compare(ledger.acknowledged, ledger.sent, stored)
        lost = [*found.problems, *(f"registered without files: {one}" for one in set(self.target.dangling()) - before)]
        self.problems += (f"{name}: {one}" for one in lost)
        self.rounds.append(Round(name, first, whole, len(ledger.acknowledged), len(ledger.refused)))
        self.say(
            f"{name}: first write after {first:.1f} s, ready again after {whole:.1f} s; {ledger.requests} requests, "
            f"{len(ledger.acknowledged)} writes acknowledged, {len(stored)} stored, {len(ledger.refused)} requests "
            f"refused, {len(lost)} problems"
        )
        for text in sorted({one[:160] for one in ledger.refused})[:5]:
            self.say(f"    refused: {text}")
        if not lost:
            self.target.remove(where)

    def _killed(self, kind: Kind, ledger: Ledger) -> tuple[float, float]:
        moment = time.monotonic()
        killed = kind.victim.kill(self.cluster)
        first = self._wait(f"a write after {kind.name} died", lambda: ledger.first_after(moment, kind.server))
        self._wait(f"{kind.name} to be ready again", lambda: kind.victim.whole(self.cluster, killed))
        return first - moment, time.monotonic() - moment

    def _killed_training(self, spec: JobSpec, experiment: str, ledger: Ledger) -> tuple[float, float]:
        # Begun when the clients write: it would have ended before, and there would be nothing to kill.
        self.jobs.create(spec)
        victim = Victim("ml-training", {"batch.kubernetes.io/job-name": spec.name})
        self._wait("the training to write", lambda: self._runs(experiment))
        moment, clock = time.monotonic(), time.time()
        victim.kill(self.cluster)
        first = self._wait(
            "a run of the next attempt",
            lambda: min((at for at in self._runs(experiment) if at > clock), default=None),
        )
        self._wait(f"the Job {spec.name} to end", lambda: self.jobs.status(spec.name).phase in ("Complete", "Failed"))
        if (state := self.jobs.status(spec.name)).phase != "Complete":
            self.problems.append(f"{TRAINING}: its Job is {state.phase}: {state.reason}")
        assert ledger.first_after(moment, "tracking"), "no client could write while a training pod was killed"
        return first - clock, time.monotonic() - moment

    def _runs(self, name: str) -> list[float]:
        """When the experiment's runs began; none before it is there."""
        try:
            found = self.target.experiment(name)
            runs = self.target.pages("runs/search", "runs", {"experiment_ids": [found], "max_results": 100}, "POST")
            return [one["info"]["start_time"] / 1000 for one in runs]
        except httpx.HTTPError:
            return []

    def _renew(self, victim: Victim) -> None:
        """Kubernetes waits longer before each further start of the same container: a pod that has died is replaced."""
        old = [one for one in victim.pods(self.cluster) if one.restarts]
        for pod in old:
            command = ["kubectl", "--namespace", victim.namespace, "delete", "pod", pod.name, "--wait=true"]
            subprocess.run([str(_kubernetes()), *command], env=self._kubectl, check=True, capture_output=True)
        self._wait("new pods", lambda: _fresh(victim.pods(self.cluster)))
        self._wait("tracking to be ready", self._ready)

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.target.environment['MLFLOW_TRACKING_URI']}/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def _kubectl(self) -> dict[str, str]:
        return os.environ | {"KUBECONFIG": str(self.jobs.api.access.kubeconfig)}

    def _name(self) -> str:
        return f"chaos-{datetime.datetime.now(datetime.UTC):%Y%m%d-%H%M%S}"

    def _wait(self, what: str, condition: Callable[[], Any]) -> Any:
        return until(what, condition, seconds=SECONDS, report=self.say, why_not=lambda: "not yet")


def _acknowledged(ledger: Ledger, server: str) -> int:
    return sum(at == server for at, _, _ in list(ledger.acknowledgements))


def _fresh(pods: list[Any]) -> bool:
    return bool(pods) and all(one.ready and not one.restarts for one in pods)


def _kubernetes() -> Path:
    from local.toolchain.build import toolchain_folder

    return toolchain_folder(cache_root()) / "kubernetes"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--instance", default=os.environ.get("MLOPS_INSTANCE", "local"), help="of this machine")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help=f"into {DOC.relative_to(ROOT)}")
    arguments = parser.parse_args()
    os.environ["MLOPS_INSTANCE"] = arguments.instance
    try:
        found = find_instance(cache_root(), arguments.instance)
        api = Cluster(found.kubeconfig).address if found and found.kubeconfig.exists() else ""
        instance = allowed(arguments.instance, found, api, environment())
    except LocalError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 2
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    chaos = Chaos(
        Target(Own.read().environment()), Cluster(instance.kubeconfig), Jobs(Access(str(instance.kubeconfig), None)),
        arguments.clients, lambda line: print(line, file=sys.stderr, flush=True),
    )  # fmt: skip
    try:
        for _ in range(arguments.rounds):
            for kind in KINDS:
                chaos.kill(kind)
            chaos.kill_training()
    except LocalError as error:
        # A part that does not come back in time.
        chaos.problems.append(str(error))
    told = table(chaos.rounds)
    print(told)
    for one in chaos.problems[:50]:
        print(one, file=sys.stderr)
    if arguments.write and not chaos.problems:
        DOC.write_text(with_tables(DOC.read_text(), {"chaos": f"\n{told}\n{_about(arguments.clients)}\n"}))
    return 1 if chaos.problems else 0


def _about(clients: int) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    return (
        f"Median, worst and each round; {clients:,} clients that each wait for one answer after the other, "
        f"{os.cpu_count()} cores with clients and the whole platform on them; "
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d} at {commit}."
    )


if __name__ == "__main__":
    sys.exit(main())
