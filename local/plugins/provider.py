"""What every resource provider does alike: it meets the engine, checks its settings, and tells differences."""
# ruff: noqa: ARG002  gRPC fixes the signature of every method.

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.metadata import version
from threading import Event
from typing import Any, ClassVar

import grpc  # type: ignore[import-untyped]  # no stubs in the pinned environment
from google.protobuf import empty_pb2  # type: ignore[import-untyped]  # no stubs in the pinned environment
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from local.plugins.changes import Change, Plan
from local.plugins.engine import EngineLog
from local.plugins.errors import InvalidSetting
from local.plugins.guard import guarded
from local.plugins.paths import Path, text
from local.plugins.values import decode

_KIND_OF_CHANGE = {
    (Change.ADD, False): provider_pb2.PropertyDiff.ADD,
    (Change.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (Change.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (Change.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (Change.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (Change.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one engine; configured once. `sdk` is the Python package whose resources it makes."""

    sdk: ClassVar[str]
    # Whether it follows the stack's auto-naming configuration.
    autonaming: ClassVar[bool] = False

    def __init__(self, engine: EngineLog) -> None:
        self._log = engine
        self._cancelled = Event()

    def check_settings(self, given: Mapping[str, Any]) -> None:
        """Raises InvalidSetting for what cannot be honoured."""
        raise NotImplementedError

    def moved(self, old: Mapping[str, Any], new: Mapping[str, Any], changed: Collection[str]) -> list[str]:
        """Those of the changed settings that lead to other resources, so that all of them have to be replaced."""
        raise NotImplementedError

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ProviderHandshakeResponse:
        self._log.connect(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, supports_autonaming_configuration=self.autonaming
        )

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        # The engine compares it with what the SDK asks for.
        return plugin_pb2.PluginInfo(version=version(self.sdk))

    def Attach(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._log.connect(request.address)
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._cancelled.set()
        return empty_pb2.Empty()

    @guarded
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        try:
            self.check_settings(decode(request.news).value)
        except InvalidSetting as error:
            failure = provider_pb2.CheckFailure(property=error.name, reason=str(error))
            return provider_pb2.CheckResponse(inputs=request.news, failures=[failure])
        return provider_pb2.CheckResponse(inputs=request.news)

    @guarded
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        old = decode(request.old_inputs if request.HasField("old_inputs") else request.olds).value
        new = decode(request.news).value
        changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=self.moved(old, new, changed))


def difference(planned: Plan, computed: Collection[Path] = ()) -> provider_pb2.DiffResponse:
    """The plan in the engine's words; `computed` are places that only the outputs have."""
    detailed = {
        text(path): provider_pb2.PropertyDiff(
            kind=_KIND_OF_CHANGE[change, path in planned.replacements], inputDiff=path not in computed
        )
        for path, change in planned.changes.items()
    }
    response = provider_pb2.DiffResponse
    return response(
        changes=response.DIFF_SOME if detailed else response.DIFF_NONE,
        diffs=sorted(planned.properties),
        replaces=sorted(text(path) for path in planned.replacements),
        deleteBeforeReplace=planned.delete_first,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def resource_type(request: Any) -> str:
    """`urn:pulumi:stack::project::parent$type::name`; newer engines send the type beside it."""
    return request.type or str(request.urn).split("::")[2].rpartition("$")[2]


def resource_name(request: Any) -> str:
    return request.name or str(request.urn).split("::", 3)[3]
