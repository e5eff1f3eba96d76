"""The resource provider as the engine sees it: decodes a call, does it, encodes the answer. Thread-safe."""
# ruff: noqa: ARG002  gRPC fixes the signature of every method.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from threading import Event
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs in the pinned environment
from google.protobuf import empty_pb2  # type: ignore[import-untyped]  # no stubs in the pinned environment
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from local.plugins.aws import lifecycle
from local.plugins.aws.check import faults
from local.plugins.aws.kind import Kind
from local.plugins.aws.naming import DEFAULTS
from local.plugins.aws.observe import imported, observed
from local.plugins.aws.operation import Operation, Talk
from local.plugins.aws.plan import Plan, plan
from local.plugins.aws.preview import of_create, of_update
from local.plugins.aws.registry import kind_of
from local.plugins.aws.session import Session
from local.plugins.aws.settings import InvalidSetting, parse_settings
from local.plugins.changes import Change
from local.plugins.engine import EngineLog
from local.plugins.errors import InitFailed, PluginError
from local.plugins.guard import PartialFailure, guarded
from local.plugins.paths import MISSING, Path, get, text
from local.plugins.values import UNKNOWN, Decoded, decode, encode

_KIND_OF_CHANGE = {
    (Change.ADD, False): provider_pb2.PropertyDiff.ADD,
    (Change.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (Change.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (Change.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (Change.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (Change.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class AwsProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one engine; configured once."""

    def __init__(self, engine: EngineLog) -> None:
        self._log = engine
        self._cancelled = Event()
        self._session: Session | None = None

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ProviderHandshakeResponse:
        self._log.connect(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        # The engine compares it with what the SDK asks for.
        return plugin_pb2.PluginInfo(version=version("pulumi-aws"))

    def Attach(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._log.connect(request.address)
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._cancelled.set()
        return empty_pb2.Empty()

    @guarded
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        try:
            parse_settings(decode(request.news).value)
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
        # Another region holds other resources; everything else is another way to the same ones.
        return provider_pb2.DiffResponse(
            changes=some, diffs=changed, replaces=["region"] if "region" in changed else []
        )

    @guarded
    def Configure(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:
        settings = parse_settings(decode(request.args).value)
        if settings.known:
            self._session = Session(settings)
            if not settings.skip_validation:
                self._session.verified()
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @guarded
    def Check(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        new, old = decode(request.news), decode(request.olds).value
        kind = kind_of(_type(request))
        inputs = {name: value for name, value in new.value.items() if name != DEFAULTS}
        if kind.naming:
            inputs = kind.naming.named(inputs, old, _name(request), request.randomSeed)
        found = faults(kind.inputs, kind.all_carried, inputs) or kind.invalid(inputs)
        failures = [provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in found]
        return provider_pb2.CheckResponse(inputs=encode(inputs, _secret(kind, new, inputs)), failures=failures)

    @guarded
    def Diff(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        live, new = decode(request.olds).value, decode(request.news).value
        old = decode(request.old_inputs).value if request.HasField("old_inputs") else live
        planned = self._plan(kind_of(_type(request)), old, new, live)
        detailed = {
            text(path): provider_pb2.PropertyDiff(
                kind=_KIND_OF_CHANGE[change, path in planned.replacements], inputDiff=path != ("tagsAll",)
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

    @guarded
    def Create(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        new = decode(request.properties)
        kind = kind_of(_type(request))
        if request.preview:
            return provider_pb2.CreateResponse(
                properties=_encoded(kind, new, of_create(kind, new.value, self._tags(new.value)))
            )
        op = self._operation(request, kind, new.value)
        try:
            made = lifecycle.create(kind, op)
        except InitFailed as failure:
            raise PartialFailure(op.identifier, _encoded(kind, new, failure.outputs), failure.reasons) from failure
        return provider_pb2.CreateResponse(id=op.identifier, properties=_encoded(kind, new, made))

    @guarded
    def Update(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        new, last = decode(request.news), decode(request.olds).value
        old = decode(request.old_inputs).value if request.HasField("old_inputs") else last
        kind = kind_of(_type(request))
        changed = self._plan(kind, old, new.value, last).properties
        if request.preview:
            shown = of_update(kind, new.value, last, self._tags(new.value))
            return provider_pb2.UpdateResponse(properties=_encoded(kind, new, shown))
        op = self._operation(request, kind, new.value, last, changed)
        try:
            made = lifecycle.update(kind, op, list(request.ignoreChanges))
        except InitFailed as failure:
            raise PartialFailure(request.id, _encoded(kind, new, failure.outputs), failure.reasons) from failure
        return provider_pb2.UpdateResponse(properties=_encoded(kind, new, made))

    @guarded
    def Delete(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        kind = kind_of(_type(request))
        lifecycle.delete(kind, self._operation(request, kind, last=decode(request.properties).value))
        return empty_pb2.Empty()

    @guarded
    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        inputs, seen = decode(request.inputs), decode(request.properties)
        kind = kind_of(_type(request))
        op = self._operation(request, kind, last=seen.value)
        live = lifecycle.read(kind, op)
        if live is None:
            return provider_pb2.ReadResponse()
        known = inputs.value or seen.value
        fresh = observed(kind, inputs.value, seen.value, live) if known else imported(kind, live)
        secrets = Decoded(fresh, inputs.secrets)
        return provider_pb2.ReadResponse(
            id=op.identifier,
            properties=_encoded(kind, secrets, live),
            inputs=encode(fresh, _secret(kind, inputs, fresh)),
        )

    @guarded
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        raise PluginError(
            f"{request.tok} is not carried by the local AWS plugin: a preview must not depend on the world. "
            "Give account, region and names as settings."
        )

    @guarded
    def Construct(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ConstructResponse:
        raise PluginError(f"{request.type} is not a component of the AWS provider.")

    def _operation(
        self,
        request: Any,
        kind: Kind,
        new: Mapping[str, Any] | None = None,
        last: Mapping[str, Any] | None = None,
        changed: Iterable[str] = (),
    ) -> Operation:
        if self._session is None:
            raise PluginError(
                "The AWS provider's settings are not known yet: another resource has to be created first."
            )
        urn = request.urn
        return Operation(
            session=self._session,
            token=kind.token,
            service=kind.service,
            talk=Talk(
                status=lambda message: self._log.status(urn, message),
                info=lambda message: self._log.info(urn, message),
                warning=lambda message: self._log.warning(urn, message),
            ),
            cancelled=self._cancelled,
            new={name: value for name, value in (new or {}).items() if name != DEFAULTS},
            last=dict(last or {}),
            changed=frozenset(changed),
            tags=self._tags(new or {}),
            timeout=getattr(request, "timeout", 0),
            identifier=getattr(request, "id", ""),
        )

    def _plan(self, kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any], live: Mapping[str, Any]) -> Plan:
        return plan(kind, old, new, live, self._tags(new))

    def _tags(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The default tags with the resource's own over them."""
        defaults = self._session.settings.default_tags if self._session else {}
        own = inputs.get("tags") or {}
        return {**defaults, **own} if own is not UNKNOWN else dict(defaults)


def _encoded(kind: Kind, inputs: Decoded, shown: dict[str, Any]) -> Any:
    return encode(shown, _secret(kind, inputs, shown))


def _secret(kind: Kind, inputs: Decoded, value: Mapping[str, Any]) -> set[Path]:
    """What has to be encrypted: what the program marked, wherever it still stands, and what the type says."""
    own = {(name,) for name in kind.secret if name in value}
    return own | {path for path in inputs.secrets if get(dict(value), path) is not MISSING}


def _type(request: Any) -> str:
    """`urn:pulumi:stack::project::parent$type::name`; newer engines send the type beside it."""
    return request.type or str(request.urn).split("::")[2].rpartition("$")[2]


def _name(request: Any) -> str:
    return request.name or str(request.urn).split("::", 3)[3]
