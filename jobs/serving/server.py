"""The process: listens, follows the alias, and ends without losing a request."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable

import uvloop

from jobs.serving.app import App
from jobs.serving.connection import Connection
from jobs.serving.hub import Hub
from jobs.serving.inference_log import InferenceLog
from jobs.serving.metrics import Metrics
from jobs.serving.model import ModelHolder
from jobs.serving.settings import ServingSettings

LOG = logging.getLogger("mlops.serving")
# Connections that the kernel keeps for a moment in which the loop is busy.
BACKLOG = 1024
# A request makes few objects that need collecting; looking for them every 700 costs more than they hold.
GC_OBJECTS = 50_000
# How long a large request may keep the interpreter from small ones at a time.
SWITCH_SECONDS = 0.001


class Server:
    """Of one process."""

    def __init__(
        self,
        settings: ServingSettings,
        holder: ModelHolder,
        metrics: Metrics,
        app: App,
        log: InferenceLog | None = None,
    ) -> None:
        self._settings = settings
        self._holder = holder
        self._app = app
        self._log = log
        self.hub = Hub(settings, metrics, app.handle, app.refuse)
        self.ending: asyncio.Event

    async def serve(self, listening: socket.socket, on_start: Callable[[], None] = lambda: None) -> None:
        """Until SIGTERM, SIGINT or `ending`."""
        loop = asyncio.get_running_loop()
        self.ending = asyncio.Event()
        self.hub.tick()
        sweeper = asyncio.create_task(self.hub.sweep())
        follower = asyncio.create_task(self._follow())
        listener = await loop.create_server(lambda: Connection(self.hub), sock=listening, backlog=BACKLOG)
        LOG.info("listening", extra={"port": listening.getsockname()[1]})
        on_start()
        await self.ending.wait()
        LOG.info("ending")
        # Readiness first: for so long clients still come, and are told to come by another connection next time.
        self._app.draining = self.hub.closing = True
        await asyncio.sleep(self._settings.drain_seconds)
        listener.close()
        follower.cancel()
        self.hub.drain()
        left = await self._emptied()
        sweeper.cancel()
        self._app.close()
        if self._log is not None:
            await asyncio.to_thread(self._log.stop)
        LOG.info("ended", extra={"connections": left})

    async def _emptied(self) -> int:
        """Waits for what was begun → how many connections did not end in time."""
        until = self.hub.now + self._settings.shutdown_seconds
        while self.hub.connections and self.hub.now < until:
            await asyncio.sleep(0.05)
        return len(self.hub.connections)

    async def _follow(self) -> None:
        while True:
            if await asyncio.to_thread(self._holder.refresh):
                # What a model is made of stays, and is not to be looked through again and again.
                gc.collect()
                gc.freeze()
            await asyncio.sleep(self._settings.poll_seconds)


def run(server: Server, host: str, port: int) -> None:
    """Raises OSError when the port is taken."""
    gc.set_threshold(GC_OBJECTS, 20, 100)
    sys.setswitchinterval(SWITCH_SECONDS)
    listening = listen(host, port)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: server.ending.set())
        await server.serve(listening)

    uvloop.run(main())


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; answers go out at once."""
    listening = socket.create_server((host, port), backlog=BACKLOG, family=_family(host))
    listening.setblocking(False)
    return listening


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
