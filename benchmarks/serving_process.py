"""A server as a tree of processes: started on a core, looked at through /proc, ended by its ids."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

STOP_SECONDS = 20.0
LOOK_SECONDS = 0.002
# The highest priority that is not real-time.
FIRST = -20


class Tree:
    """A started process and all that it started."""

    def __init__(self, process: subprocess.Popen[bytes], began: float, log: Path) -> None:
        self.process = process
        self.began = began
        self.log = log

    def ids(self) -> list[int]:
        """The living, the first one first."""
        found = [self.process.pid]
        for one in found:
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{one}/task").iterdir():
                    found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        """User and system, of every thread that lives."""
        total = 0.0
        for one in self.ids():
            with contextlib.suppress(OSError):
                after_name = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
                total += (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
        return total

    def memory(self) -> float:
        """MB that would be free without it: PSS."""
        total = 0
        for one in self.ids():
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{one}/smaps_rollup").read_text()
                total += int(text.split("\nPss:")[1].split()[0])
        return total / 1024

    def ready(self, asked: Callable[[], bool], seconds: float) -> float:
        """Seconds from its start until `asked` is true. Raises SystemExit with its last words when it ends or hangs."""
        looks = 0
        while time.monotonic() < self.began + seconds:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.log.stem} ended with {self.process.returncode}:\n{self.last_words()}")
            with contextlib.suppress(OSError, ValueError):
                if asked():
                    return time.monotonic() - self.began
            if (looks := looks + 1) % 20 == 0:
                for one in self.ids():
                    go_first(one, alone=False)
            time.sleep(LOOK_SECONDS)
        raise SystemExit(f"{self.log.stem} gave no good answer in {seconds:.0f} s:\n{self.last_words()}")

    @contextlib.contextmanager
    def awake(self, *, alone: bool) -> Iterator[None]:
        """Only here does it run, once it has been put to sleep: what waits must not disturb what is measured.

        `alone`: one request at a time, so that it may go before everything else; under load it shares by its priority.
        """
        self.signal(signal.SIGCONT)
        for one in self.ids():
            go_first(one, alone=alone)
        go_first(os.getpid(), alone=alone)
        try:
            yield
        finally:
            self.signal(signal.SIGSTOP)

    def signal(self, number: signal.Signals) -> None:
        """To all of it, parents first: a child that stops must not look dead to its parent."""
        for one in self.ids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, number)

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


def go_first(process: int, *, alone: bool) -> None:
    """Other programs of the machine wait: by real time, or by their share. What only root may do is left undone."""
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            policy = (os.SCHED_RR, os.sched_param(1)) if alone else (os.SCHED_OTHER, os.sched_param(0))
            os.sched_setscheduler(int(task.name), *policy)
            os.setpriority(os.PRIO_PROCESS, int(task.name), FIRST)
        # The kernel shares the cores between sessions first, and some servers begin sessions of their own.
        Path(f"/proc/{process}/autogroup").write_text(str(FIRST))


@contextlib.contextmanager
def wakeful() -> Iterator[bool]:
    """Cores wait for work instead of sleeping → whether the machine lets that be asked for.

    Else a small answer is mostly the way out of a sleep: Python of 5 µs takes 5 to 20 here after 1 ms of it.
    """
    with contextlib.ExitStack() as stack:
        try:
            asked = stack.enter_context(open("/dev/cpu_dma_latency", "wb", buffering=0))
        except OSError:
            yield False
            return
        # µs to wake up in, for as long as the file is open.
        asked.write(struct.pack("i", 0))
        yield True


@contextlib.contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], core: int, folder: Path, log: Path
) -> Iterator[Tree]:
    """On one core; ended at the end with everything it started."""
    pinned = ["taskset", "--cpu-list", str(core), *command]
    with log.open("wb") as out:
        began = time.monotonic()
        process = subprocess.Popen(
            pinned, env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    tree = Tree(process, began, log)
    try:
        yield tree
    finally:
        _end(tree)


def _end(tree: Tree) -> None:
    ids = {one: _started(one) for one in tree.ids()}
    tree.signal(signal.SIGCONT)
    tree.process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        tree.process.wait(STOP_SECONDS)
    # A child that outlived its parent; the start time tells it from a stranger that has its id now.
    left = {one: started for one, started in ids.items() if started and _started(one) == started}
    for one in left:
        with contextlib.suppress(ProcessLookupError):
            ended = os.pidfd_open(one)
            os.kill(one, signal.SIGKILL)
            select.select([ended], [], [], STOP_SECONDS)
            os.close(ended)
    tree.process.wait()


def _started(one: int) -> str:
    try:
        return Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
