"""A transport that does what a test says."""

from __future__ import annotations

import asyncio

from jobs.serving.connection import Connection
from jobs.serving.hub import Hub


class Wire(asyncio.Transport):
    """The server's end of a connection; what it closes is gone at once, but for whom it lets read its answer."""

    def __init__(self, hub: Hub, sent: bytes = b"") -> None:
        super().__init__()
        self.open, self.reading, self.unsent, self.answers = True, True, 0, b""
        self.connection = Connection(hub)
        self.connection.connection_made(self)
        self.connection.data_received(sent)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...
    def get_write_buffer_size(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def write_eof(self) -> None: ...
    def can_write_eof(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.answers += bytes(data)

    def close(self) -> None:
        if self.open:
            self.open = False
            self.connection.connection_lost(None)

    abort = close
