"""Workers: killed, stopped, too late, failing, taking another sampler over."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from jobs.errors import TrainingError
from jobs.tuning.address import open_storage
from jobs.tuning.outcomes import FAILURE, outcomes
from jobs.tuning.studies import SAMPLER, Asked, Found, create, silence
from jobs.tuning.worker import Work, run
from tests.jobs.support import ROOT, running
from tests.support.postgres import Server

# Finishes its first trial and never its second.
STUCK = """
    import sys, threading
    from pathlib import Path
    from jobs.tuning import worker
    from jobs.tuning.address import open_storage
    from jobs.tuning.studies import create, read_asked, silence

    def objective(trial):
        value = trial.suggest_float("x", 0.0, 1.0)
        if trial.number == 1:
            print("stuck", value, flush=True)
            threading.Event().wait()
        return value

    silence()
    asked = read_asked(Path(sys.argv[1]))
    found, _ = create(asked, open_storage(sys.argv[2], asked.study.heartbeat))
    worker.run(found, objective, worker.Work(4, 1e9, 0, threading.Event()))
"""


@pytest.fixture(params=["postgres", "sqlite"])
def found(request: pytest.FixtureRequest, asked: Asked, tmp_path: Path) -> Found:
    silence()
    address = request.getfixturevalue("url") if request.param == "postgres" else f"sqlite:///{tmp_path / 's.db'}"
    return create(asked, open_storage(address, asked.study.heartbeat))[0]


def work(trials: int = 4, seconds: float = 60, stop: threading.Event | None = None) -> Work:
    return Work(trials, time.monotonic() + seconds, 0, stop or threading.Event())


def square(trial: optuna.Trial) -> float:
    return trial.suggest_float("x", -1.0, 1.0) ** 2


def test_a_study_gets_the_trials_it_shall_have_and_a_second_run_adds_none(found: Found) -> None:
    assert run(found, square, work(5)).complete == 5
    assert run(found, square, work(5)).complete == 5
    assert run(found, square, work(7)).complete == 7


def test_a_run_that_is_stopped_keeps_the_trial_that_ran_and_goes_on_later(found: Found) -> None:
    stop = threading.Event()

    def stopped_in_the_second(trial: optuna.Trial) -> float:
        if trial.number == 1:
            stop.set()
        return square(trial)

    left = run(found, stopped_in_the_second, work(5, stop=stop))
    assert (left.complete, left.running) == (2, 0)
    assert run(found, square, work(5)).complete == 5


def test_a_timeout_keeps_what_is_finished(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    times = [0.0]
    monkeypatch.setattr("jobs.tuning.worker.time", SimpleNamespace(monotonic=lambda: times[-1]))

    def too_long(trial: optuna.Trial) -> float:
        times.append(3600.0)
        return square(trial)

    left = run(found, too_long, Work(20, 3600.0, 0, threading.Event()))
    assert (left.complete, left.running) == (1, 0)


def test_one_failing_trial_is_told_and_counted_and_five_in_a_row_end_the_worker(found: Found) -> None:
    def failing(numbers: range) -> Callable[[optuna.Trial], float]:
        def objective(trial: optuna.Trial) -> float:
            if trial.number in numbers:
                trial.set_user_attr(FAILURE, "ValueError: no such c")
                raise ValueError("no such c")
            return square(trial)

        return objective

    now = run(found, failing(range(1, 2)), work(4))
    assert (now.complete, now.failed, now.lost) == (3, 1, 0)
    with pytest.raises(TrainingError, match="5 trials in a row failed") as ended:
        run(found, failing(range(4, 99)), work(99))
    assert ended.value.given == "ValueError: no such c"
    assert outcomes(found.live.trials).failed == 6


def test_another_sampler_is_taken_over_between_two_trials(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.tuning.worker.LOOK", 0.0)
    used: list[str] = []

    def objective(trial: optuna.Trial) -> float:
        used.append(type(trial.study.sampler).__name__)
        if trial.number == 1:
            trial.study.set_user_attr(SAMPLER, "qmc")
        return square(trial)

    run(found, objective, work(4))
    assert used == ["RandomSampler", "RandomSampler", "QMCSampler", "QMCSampler"]


def test_a_killed_workers_trial_is_begun_again_by_another_and_nothing_is_lost(
    study_file: Path, asked: Asked, url: str, studies: Server
) -> None:
    silence()
    script = [sys.executable, "-c", textwrap.dedent(STUCK), str(study_file), url]
    with running(*script, env={"PYTHONPATH": str(ROOT)}) as worker:
        worker.wait_for("stuck")
        drawn = float(next(line for line in worker.lines if line.startswith("stuck")).split()[1])
        studies.wait_for("SELECT 1 FROM trial_params JOIN trials USING (trial_id) WHERE number = 1")
        os.kill(worker.process.pid, signal.SIGKILL)
        worker.process.wait(10)
    studies.ask("UPDATE trial_heartbeats SET heartbeat = heartbeat - interval '1 hour'")
    found, new = create(asked, open_storage(url, asked.study.heartbeat))
    now = run(found, lambda trial: trial.suggest_float("x", 0.0, 1.0), work(4))
    assert not new
    assert (now.complete, now.lost, now.running, now.waiting) == (4, 1, 0, 0)
    killed, again = (trial for trial in found.live.trials if trial.params == {"x": drawn})
    assert (killed.number, killed.state, again.state) == (1, TrialState.FAIL, TrialState.COMPLETE)
    assert again.system_attrs["failed_trial"] == 1


def test_a_worker_without_trials_of_its_own_waits_for_those_of_a_dying_one(asked: Asked, url: str) -> None:
    silence()
    other: Any = open_storage(url, asked.study.heartbeat)
    found, _ = create(asked, open_storage(url, asked.study.heartbeat))
    began = time.monotonic()
    for _ in range(2):
        other.create_new_trial(found.live._study_id)
    now = run(found, square, work(2))
    # The storage that began both gives no sign of life: grace is 2 seconds.
    assert (now.complete, now.lost) == (2, 2)
    assert time.monotonic() - began > 1.0


def test_workers_that_begin_together_do_not_draw_the_same(asked: Asked, url: str) -> None:
    silence()
    drawn = []
    for index in range(2):
        found, _ = create(asked.__class__(asked.study.model_copy(update={"study": f"s{index}"}), asked.experiment),
                          open_storage(url, asked.study.heartbeat))  # fmt: skip
        run(found, square, Work(3, time.monotonic() + 60, index, threading.Event()))
        drawn.append([trial.params["x"] for trial in found.live.trials])
    assert not set(drawn[0]) & set(drawn[1])
