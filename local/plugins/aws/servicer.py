"""The resource provider as the engine sees it: decodes a call, does it, encodes the answer. Thread-safe."""
# ruff: noqa: ARG002  gRPC fixes the signature of every method.

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs in the pinned environment
from google.protobuf import empty_pb2  # type: ignore[import-untyped]  # no stubs in the pinned environment
from pulumi.runtime.proto import provider_pb2

from local.plugins.aws import lifecycle
from local.plugins.aws.check import faults
from local.plugins.aws.kind import Kind
from local.plugins.aws.naming import DEFAULTS
from local.plugins.aws.observe import imported, observed
from local.plugins.aws.operation import Operation
from local.plugins.aws.plan import ALL_TAGS, plan
from local.plugins.aws.preview import of_create, of_update
from local.plugins.aws.registry import kind_of
from local.plugins.aws.session import Session
from local.plugins.aws.settings import parse_settings
from local.plugins.changes import Plan
from local.plugins.engine import EngineLog
from local.plugins.errors import InitFailed, PluginError
from local.plugins.guard import PartialFailure, guarded
from local.plugins.paths import MISSING, Path, get
from local.plugins.provider import Provider, difference, resource_name, resource_type
from local.plugins.values import UNKNOWN, Decoded, decode, encode


class AwsProvider(Provider):
    """Serves one engine; configured once."""

    sdk = "pulumi-aws"

    def __init__(self, engine: EngineLog) -> None:
        super().__init__(engine)
        self._session: Session | None = None

    def check_settings(self, given: Mapping[str, Any]) -> None:
        parse_settings(given)

    def moved(self, old: Mapping[str, Any], new: Mapping[str, Any], changed: Collection[str]) -> list[str]:
        # Another region holds other resources; everything else is another way to the same ones.
        return ["region"] if "region" in changed else []

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
        kind = kind_of(resource_type(request))
        inputs = {name: value for name, value in new.value.items() if name != DEFAULTS}
        if kind.naming:
            inputs = kind.naming.named(inputs, old, resource_name(request), request.randomSeed)
        found = faults(kind.inputs, kind.all_carried, inputs) or kind.invalid(inputs)
        failures = [provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in found]
        return provider_pb2.CheckResponse(inputs=encode(inputs, _secret(kind, new, inputs)), failures=failures)

    @guarded
    def Diff(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        live, new = decode(request.olds).value, decode(request.news).value
        old = decode(request.old_inputs).value if request.HasField("old_inputs") else live
        planned = self._plan(kind_of(resource_type(request)), old, new, live)
        return difference(planned, computed=[ALL_TAGS])

    @guarded
    def Create(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        new = decode(request.properties)
        kind = kind_of(resource_type(request))
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
        kind = kind_of(resource_type(request))
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
        kind = kind_of(resource_type(request))
        lifecycle.delete(kind, self._operation(request, kind, last=decode(request.properties).value))
        return empty_pb2.Empty()

    @guarded
    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        inputs, seen = decode(request.inputs), decode(request.properties)
        kind = kind_of(resource_type(request))
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
        return Operation(
            session=self._session,
            token=kind.token,
            service=kind.service,
            talk=self._log.about(request.urn),
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
