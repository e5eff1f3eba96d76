"""One run of a Pulumi program inside this process: settings, module search path, and how its failure is told.

A program is a folder with `__main__.py`, or one file. Its own error is reported once, as a diagnostic, with the frames
of the user's code only.
"""

from __future__ import annotations

import asyncio
import os
import runpy
import sys
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs in the pinned environment
import pulumi
from pulumi.errors import RunError
from pulumi.runtime import reset_options, run_in_stack, set_all_config

from local.plugins.serving import Stopped

_SDK = str(Path(pulumi.__file__).parent)
_HOST = str(Path(__file__).parent)


@dataclass(frozen=True)
class Program:
    """What the engine asks to be run; `entry` is a folder or a file."""

    entry: Path
    folder: Path
    project: str
    stack: str
    organization: str
    config: Mapping[str, str]
    secret_keys: Sequence[str]
    parallel: int
    preview: bool
    monitor: str
    engine: str

    def run(self) -> bool:
        """Runs to the end and says whether it succeeded; a failure has been logged to the engine by then."""
        reset_options(
            project=self.project,
            stack=self.stack,
            organization=self.organization or "organization",
            parallel=self.parallel,
            preview=self.preview,
            monitor_address=self.monitor,
            engine_address=self.engine,
        )
        set_all_config(dict(self.config), list(self.secret_keys))
        os.chdir(self.folder)
        sys.path.insert(0, str(self.entry if self.entry.is_dir() else self.entry.parent))
        loop = asyncio.new_event_loop()
        # Each registration waits in a thread of the default executor; the SDK's own host takes four per parallel slot.
        loop.set_default_executor(ThreadPoolExecutor(max_workers=min(max(self.parallel, 1) * 4, 256)))
        loop.set_exception_handler(_ignore_unobserved)
        try:
            loop.run_until_complete(run_in_stack(self._execute))
        except Stopped:
            raise
        except BaseException as error:
            if isinstance(error, SystemExit) and error.code in (None, 0):
                return True
            message = explain(error)
            if message:
                with suppress(grpc.RpcError):
                    pulumi.log.error(message)
            return False
        finally:
            _cancel_all(loop)
            sys.stdout.flush()
            sys.stderr.flush()
        return True

    def _execute(self) -> None:
        runpy.run_path(str(self.entry), run_name="__main__")


def explain(error: BaseException) -> str:
    """The diagnostic of a failed program; empty when the engine knows already (it shut the monitor down)."""
    if isinstance(error, RunError):
        return str(error)
    if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
        unavailable = error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
        return "" if unavailable else str(error.details())
    if isinstance(error, SystemExit):
        return f"The program ended itself with exit code {error.code}."
    return "The program failed:\n" + _user_traceback(error)


def _user_traceback(error: BaseException) -> str:
    """The traceback without frames of the runtime. A syntax error has no frame at all: its text says where."""
    summary = traceback.TracebackException.from_exception(error)
    chain: traceback.TracebackException | None = summary
    while chain is not None:
        chain.stack = traceback.StackSummary.from_list([frame for frame in chain.stack if not _is_machinery(frame)])
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return "".join(summary.format())


def _is_machinery(frame: traceback.FrameSummary) -> bool:
    name = frame.filename
    return name.startswith(("<frozen", _HOST, _SDK)) or Path(name).name == "runpy.py" or "/asyncio/" in name


def _ignore_unobserved(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A registration that failed is reported by the engine; its other awaiters must not report it again."""
    if isinstance(context.get("exception"), grpc.RpcError):
        loop.stop()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
        with suppress(BaseException):
            loop.run_until_complete(task)
    loop.close()
