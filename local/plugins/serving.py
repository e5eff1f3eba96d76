"""The life of a plugin process: announce the port, serve gRPC, end quietly on a signal.

The engine reads the first line of stdout as the port and ends a plugin by a signal, so nothing else may be written to
stdout before `announce`. Owns no service of its own.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread, Timer
from types import FrameType

import grpc  # type: ignore[import-untyped]  # no stubs in the pinned environment
from pulumi.runtime.proto import provider_pb2_grpc

from local.plugins.engine import EngineLog

# The engine sends whole states in one message; its own limit is the same 400 MB.
_MESSAGE_BYTES = 400 * 1024 * 1024
# A waiting operation holds a thread; threads are made on demand. The engine runs 4 per core unless told otherwise.
_PROVIDER_THREADS = 256
_LOOK_SECONDS = 2.0
_GRACE_SECONDS = 2.0


class Stopped(SystemExit):
    """The engine, or the user through it, ended this process."""


def run(provider: Callable[[EngineLog], provider_pb2_grpc.ResourceProviderServicer], arguments: list[str]) -> None:
    """The whole life of a resource provider's process; `arguments` are flags and the engine's address."""
    engine = next((argument for argument in arguments if not argument.startswith("-")), "")
    server = new_server(_PROVIDER_THREADS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider(EngineLog(engine)), server)
    exit_when_told()
    try:
        announce(server)
        server.wait_for_termination()
    finally:
        # An operation may still wait on its cloud or cluster; the engine has given up on it.
        end(server)


def new_server(threads: int) -> grpc.Server:
    """A server with `threads` workers. A call that waits holds one, so give more than the engine runs in parallel."""
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
    return grpc.server(ThreadPoolExecutor(max_workers=threads), options=options)


def announce(server: grpc.Server) -> None:
    """Starts the server on a free loopback port and tells the engine which one."""
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


def end(server: grpc.Server) -> None:
    """Answers what is being answered, then ends the process, whatever threads still wait for something."""
    # A signal that raised inside `stop` would leave gRPC half shut down, and its thread prints a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server.stop(_GRACE_SECONDS).wait(_GRACE_SECONDS)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def exit_when_told(first: Callable[[], None] = lambda: None) -> None:
    """Makes SIGINT and SIGTERM call `first` and raise `Stopped` in the main thread: nothing is printed.

    An engine that was killed tells nobody, so its death (another parent) counts as a signal too. The SDK catches what
    is raised and waits for calls that a dead engine never answers: after a grace the process ends anyway.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        first()
        last_resort = Timer(_GRACE_SECONDS, os._exit, (0,))
        last_resort.daemon = True
        last_resort.start()
        raise Stopped(0 if number == signal.SIGTERM else 130)

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    engine = os.getppid()

    def watch() -> None:
        while os.getppid() == engine:
            Event().wait(_LOOK_SECONDS)
        stop()

    Thread(target=watch, name="engine-watch", daemon=True).start()


def stop() -> None:
    """Ends this process as a signal from the engine would."""
    os.kill(os.getpid(), signal.SIGTERM)
