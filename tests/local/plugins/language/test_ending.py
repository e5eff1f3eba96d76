"""How a run ends that is not let finish: quietly, at once, and without leaving processes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.local.plugins.stack import Stack

pytestmark = pytest.mark.engine

SLOW = """
import os, pathlib, time
pathlib.Path("pid.part").write_text(str(os.getpid()))
os.rename("pid.part", "pid")
time.sleep(600)
"""


def until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {seconds:.0f} s"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """A zombie is over: nobody may be there to reap it."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def started(project: Stack) -> tuple[subprocess.Popen[str], int]:
    """A preview whose program is running, and the process the program runs in."""
    project.write(SLOW)
    engine = project.start("preview")
    noted = project.folder / "pid"
    until(noted.exists, "the program runs")
    return engine, int(noted.read_text())


def test_an_interrupted_run_ends_at_once_without_a_traceback(project: Stack) -> None:
    engine, host = started(project)
    engine.send_signal(signal.SIGINT)
    text, _nothing = engine.communicate(timeout=10)
    assert engine.returncode != 0
    assert "Traceback" not in text
    assert "KeyboardInterrupt" not in text
    until(lambda: not alive(host), "the language host ends")


def test_the_language_host_does_not_outlive_a_killed_engine(project: Stack) -> None:
    engine, host = started(project)
    engine.kill()
    engine.wait()
    until(lambda: not alive(host), "the language host ends")


def test_a_terminated_language_host_ends_the_program(project: Stack) -> None:
    engine, host = started(project)
    os.kill(host, signal.SIGTERM)
    engine.communicate(timeout=20)
    assert engine.returncode != 0
    until(lambda: not alive(host), "the language host ends")
