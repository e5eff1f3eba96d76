"""The life of a plugin process: announce the port, serve gRPC, end quietly on a signal.

The engine reads the first line of stdout as the port and ends a plugin by a signal, so nothing else may be written to
stdout before `announce`. Owns no service of its own.
"""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import grpc  # type: ignore[import-untyped]  # no stubs in the pinned environment

# The engine sends whole states in one message; its own limit is the same 400 MB.
_MESSAGE_BYTES = 400 * 1024 * 1024


class Stopped(SystemExit):
    """The engine, or the user through it, ended this process."""


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


def exit_on_signals() -> None:
    """Makes SIGINT and SIGTERM raise `Stopped` in the main thread: `finally` blocks run, nothing is printed."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise Stopped(0 if number == signal.SIGTERM else 130)

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
