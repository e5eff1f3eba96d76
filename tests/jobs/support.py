"""Processes and commands that the tests of `jobs` use."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import typer

from jobs.cli import app, main
from local.cluster.wait import until

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs" / "churn-experiment.yaml"
# Importing MLflow takes 14 s of CPU where nothing is compiled, and the machine may be busy.
STARTS_WITHIN = 180


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def mlops(*arguments: str) -> Outcome:
    """Runs `mlops ARGUMENTS` in this process, with this process's environment."""
    out, err = io.StringIO(), io.StringIO()
    typed = mock.patch.object(sys, "argv", ["mlops", *arguments])
    with typed, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    return Outcome(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue())


def example(command: str) -> Outcome:
    """Runs the example that the help of `mlops COMMAND` shows, word for word; `example("train list")`."""
    return mlops(*example_words(command))


def example_words(command: str) -> list[str]:
    """What stands after `mlops` in the example of a command's help."""
    words = shlex.split(
        next(text for name, text in commands() if name == command).split("Example:")[1].split("\n\n")[0]
    )
    assert words[: 1 + len(command.split())] == ["mlops", *command.split()], words
    return words[1:]


def commands() -> list[tuple[str, str]]:
    """Every command with its help."""
    found: list[tuple[str, str]] = []
    groups: list[tuple[str, typer.Typer]] = [("", app)]
    groups += [(f"{group.name} ", group.typer_instance) for group in app.registered_groups if group.typer_instance]
    for prefix, group in groups:
        for command in group.registered_commands:
            assert command.callback
            found.append((f"{prefix}{command.name or command.callback.__name__}", command.callback.__doc__ or ""))
    return found


def free_port() -> int:
    """A port on which nobody listens, and which the kernel gives to nobody else within a minute.

    A connection of it that is over keeps it so long from those who ask for any port; who asks for this one gets it.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        with socket.create_connection(address), listening.accept()[0] as ending:
            # Whoever ends it first is who remembers it.
            ending.close()
    return int(address[1])


def connecting_client(url: str) -> httpx.Client:
    """A client of a server that was started just now, as soon as it listens."""
    at = httpx.URL(url)

    def listens() -> bool:
        with socket.socket() as trying:
            return trying.connect_ex((at.host, at.port or 80)) == 0

    until(f"{url} to listen", listens, seconds=STARTS_WITHIN)
    return httpx.Client(base_url=url, timeout=30)


@dataclass
class Process:
    """A process with its output, line by line; `wait_for` returns as soon as a line says it."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()

    def wait_for(self, words: str, seconds: float = STARTS_WITHIN, times: int = 1) -> None:
        with self.changed:
            said = self.changed.wait_for(lambda: sum(words in line for line in self.lines) >= times, timeout=seconds)
        assert said, "".join(self.lines[-20:])


@contextlib.contextmanager
def running(*command: str, env: Mapping[str, str]) -> Iterator[Process]:
    """Starts it, ends it by its id."""
    started = subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    process = Process(started)
    reader = threading.Thread(target=process.read, daemon=True)
    reader.start()
    try:
        yield process
    finally:
        started.terminate()
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait(10)
        reader.join(10)
