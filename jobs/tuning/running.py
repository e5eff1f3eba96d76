"""`mlops tune run`: in this process, in several, or in pods."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.errors import ConfigError
from jobs.tuning import figures, team, worker
from jobs.tuning.address import URL, hide, on_postgres
from jobs.tuning.config import PrunerName, SamplerName
from jobs.tuning.history import winner
from jobs.tuning.objective import Objective
from jobs.tuning.on_cluster import index, tuning_job
from jobs.tuning.outcomes import best, outcomes
from jobs.tuning.progress import Progress
from jobs.tuning.state import describe
from jobs.tuning.studies import PRUNER, SAMPLER, Asked, Found, create

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

Say = Callable[[str], None]
# Seconds between two lines of progress.
TELL = 2.0


@dataclass(frozen=True)
class Options:
    """What the command line says about a run."""

    config: Path
    trials: int
    timeout: int
    sampler: SamplerName | None
    pruner: PrunerName | None

    def words(self) -> list[str]:
        """The same as options of the command."""
        words = ["--trials", str(self.trials), "--timeout", str(self.timeout)]
        for option, value in (("--sampler", self.sampler), ("--pruner", self.pruner)):
            words += [option, value] if value else []
        return words


def check_workers(workers: int, url: str) -> None:
    """Raises ConfigError for a storage that several cannot use at once."""
    if workers > 1 and not on_postgres(url):
        raise ConfigError(
            "SQLite is for one worker", given=f"{workers} workers on {hide(url)}", allowed="1",
            change=f"set {URL} or --storage to a PostgreSQL",
        )  # fmt: skip


def run_here(
    asked: Asked, options: Options, url: str, storage: BaseStorage, workers: int, one: int | None, say: Say
) -> dict[str, Any]:
    """`one` is the number of a worker that another process started, and that keeps quiet. Raises TrainingError …"""
    found, _ = create(asked, storage)
    for key, value in ((SAMPLER, options.sampler), (PRUNER, options.pruner)):
        if value and found.live.user_attrs.get(key) != value:
            found.live.set_user_attr(key, value)
    tell = Teller(found, options, say if one is None else _nothing)
    with worker.stopping() as stop:
        if workers > 1:
            command = ["tune", "run", str(options.config), *options.words(), "--worker"]
            team.run(found, [[*command, str(number)] for number in range(workers)], {URL: url}, stop, tell)
        else:
            until = time.monotonic() + options.timeout
            number = index() if one is None else one
            worker.run(found, Objective(found.asked), worker.Work(options.trials, until, number, stop), tell)
        tell.finish(stop.is_set())
    trials = found.live.get_trials(deepcopy=False)
    top = best(trials, asked.lower_is_better)
    return {**describe(found), "storage": hide(url), "best": winner(found.asked, top) if top else None}


def run_on_cluster(
    options: Options, workers: int | None, kubeconfig: Path | None, context: str | None, wait: bool, say: Say
) -> dict[str, Any]:
    """Raises ClusterError, ConfigError."""
    from jobs.cluster.access import Access
    from jobs.cluster.manifest import NAMESPACE
    from jobs.cluster.run import Cluster

    spec = tuning_job(options.config, options.words(), workers, options.timeout)
    cluster = Cluster(Access.choose(kubeconfig, context))
    cluster.create(spec)
    say(f"job {NAMESPACE}/{spec.name} created with {spec.workers} workers")
    if wait:
        cluster.follow(spec.name, say)
        say(f"job {NAMESPACE}/{spec.name} complete")
    return {"job": spec.name, "namespace": NAMESPACE, "workers": spec.workers, "complete": wait}


class Teller:
    """Says how far the study is, when that has changed and not too often."""

    def __init__(self, found: Found, options: Options, say: Say) -> None:
        self._found, self._options, self._say = found, options, say
        self._start = time.monotonic()
        self._begun = outcomes(found.live.get_trials(deepcopy=False)).finished
        self._told = (-1.0, -1)

    def __call__(self, _found: Found) -> None:
        now = time.monotonic()
        if now - self._told[0] >= TELL:
            progress = self.progress()
            if progress.now.finished != self._told[1]:
                self._say(progress.line())
                self._told = (now, progress.now.finished)

    def finish(self, stopped: bool) -> None:
        progress = self.progress()
        self._say(progress.line())
        figures.push(self._found.asked.study.study, progress)
        if progress.now.finished < self._options.trials:
            why = "stopped" if stopped else "the time is over"
            self._say(f"{why}; finished trials are kept, the same command goes on")

    def progress(self) -> Progress:
        trials = self._found.live.get_trials(deepcopy=False)
        top = best(trials, self._found.asked.lower_is_better)
        seconds = time.monotonic() - self._start
        return Progress(
            outcomes(trials), self._options.trials, self._begun, seconds, self._options.timeout - seconds,
            self._found.asked.metric, top.value if top else None, top.number if top else None,
        )  # fmt: skip


def _nothing(_line: str) -> None:
    return None
