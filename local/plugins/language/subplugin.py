"""A plugin written in Python that the engine runs through the language host: policy packs and local providers.

Owns the child process and the two pipes; ends the child when the engine hangs up.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO, Literal

Chunk = tuple[Literal["stdout", "stderr"], bytes]


def command(kind: str, folder: Path, arguments: Sequence[str]) -> list[str]:
    """A policy pack is run by the SDK's runner, which wants the engine's address first; a provider runs as a folder."""
    if kind == "analyzer":
        return [sys.executable, "-u", "-m", "pulumi.policy", arguments[0], str(folder), *arguments[1:]]
    return [sys.executable, "-u", str(folder), *arguments]


class SubPlugin:
    """One running child. Iterate over `chunks` to the end, then read `exit_code`."""

    def __init__(self, line: Sequence[str], folder: Path, environment: Sequence[str]) -> None:
        given = dict(pair.split("=", 1) for pair in environment if "=" in pair)
        self._process = subprocess.Popen(
            line,
            cwd=folder,
            env=os.environ | given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def chunks(self) -> Iterator[Chunk]:
        """Output as it comes, until both pipes are closed."""
        queue: Queue[Chunk | None] = Queue()
        assert self._process.stdout
        assert self._process.stderr
        for name, pipe in (("stdout", self._process.stdout), ("stderr", self._process.stderr)):
            Thread(target=_pump, args=(name, pipe, queue), daemon=True).start()
        for _pipe in range(2):
            while (chunk := queue.get()) is not None:
                yield chunk

    @property
    def exit_code(self) -> int:
        return self._process.wait()

    def stop(self) -> None:
        """Ends the child if it still runs."""
        if self._process.poll() is None:
            self._process.terminate()


def _pump(name: Literal["stdout", "stderr"], pipe: IO[bytes], queue: Queue[Chunk | None]) -> None:
    for line in pipe:
        queue.put((name, line))
    queue.put(None)
