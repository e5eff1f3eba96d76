"""Workers as processes of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jobs
from jobs.errors import TrainingError
from jobs.tuning.outcomes import outcomes
from jobs.tuning.studies import Found
from jobs.tuning.worker import LOOK, Watch


def run(
    found: Found, commands: Sequence[Sequence[str]], env: Mapping[str, str], stop: threading.Event, watch: Watch
) -> None:
    """Starts a process for each command and waits for all. Raises TrainingError when all of them failed.

    One that dies is not replaced: what it ran is begun again by the others.
    """
    # Where this process found the package, which need not be installed.
    path = [str(Path(jobs.__file__).parents[1]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    found_by = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
    team = [
        subprocess.Popen([sys.executable, "-m", "jobs", *command], env={**found_by, **env}, start_new_session=True)
        for command in commands
    ]
    told = False
    try:
        while any(worker.poll() is None for worker in team):
            if stop.wait(LOOK) and not told:
                told = True
                _each(team, subprocess.Popen.terminate)
            elif told:
                time.sleep(LOOK / 4)
            watch(found)
    finally:
        # After an interruption of our own; a worker that is gone has taken leave.
        _each(team, subprocess.Popen.kill)
        for worker in team:
            worker.wait()
    codes = [worker.returncode for worker in team]
    if all(codes):
        raise TrainingError(
            "no worker came to the end", given=f"exit codes {codes}, {outcomes(found.live.get_trials(deepcopy=False))}",
            change="their words stand above; finished trials are kept, so run it again",
        )  # fmt: skip


def _each(team: Sequence[subprocess.Popen[bytes]], do: Callable[[subprocess.Popen[bytes]], None]) -> None:
    for worker in team:
        if worker.poll() is None:
            do(worker)
