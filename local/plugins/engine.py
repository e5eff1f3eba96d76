"""Messages to the engine, which shows them beside the resource. Thread-safe."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

import grpc  # type: ignore[import-untyped]  # no stubs in the pinned environment
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


@dataclass(frozen=True)
class Talk:
    """How an operation tells the user something about its resource."""

    status: Callable[[str], None]
    info: Callable[[str], None]
    warning: Callable[[str], None]


class EngineLog:
    """Speaks to the engine at `address`. A message that cannot be delivered is dropped: the engine has gone."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = Lock()
        self._stub: engine_pb2_grpc.EngineStub | None = None

    def connect(self, address: str) -> None:
        """The engine's address as the handshake gives it."""
        with self._lock:
            self._address, self._stub = address, None

    def status(self, urn: str, message: str) -> None:
        """What is being waited for; replaced by the next one, not kept."""
        self._send(engine_pb2.INFO, urn, message, ephemeral=True)

    def info(self, urn: str, message: str) -> None:
        self._send(engine_pb2.INFO, urn, message)

    def warning(self, urn: str, message: str) -> None:
        self._send(engine_pb2.WARNING, urn, message)

    def about(self, urn: str) -> Talk:
        return Talk(
            status=lambda message: self.status(urn, message),
            info=lambda message: self.info(urn, message),
            warning=lambda message: self.warning(urn, message),
        )

    def _send(
        self, severity: engine_pb2.LogSeverity.ValueType, urn: str, message: str, *, ephemeral: bool = False
    ) -> None:
        with self._lock:
            if not self._address:
                return
            if self._stub is None:
                self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self._address))
            stub = self._stub
        with suppress(grpc.RpcError):
            stub.Log(engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral))
