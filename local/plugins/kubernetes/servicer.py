"""The resource provider as the engine sees it: decodes a call, does it, encodes the answer. Thread-safe."""
# ruff: noqa: ARG002  gRPC fixes the signature of every method.

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs in the pinned environment
from google.protobuf import empty_pb2  # type: ignore[import-untyped]  # no stubs in the pinned environment
from pulumi.runtime.proto import provider_pb2

from local.plugins.engine import EngineLog
from local.plugins.errors import InitFailed, PluginError
from local.plugins.guard import PartialFailure, guarded
from local.plugins.kubernetes import outputs, preview
from local.plugins.kubernetes.check import Invalid, checked
from local.plugins.kubernetes.cluster import Cluster
from local.plugins.kubernetes.configuration import Configuration
from local.plugins.kubernetes.diff import plan
from local.plugins.kubernetes.drift import observe
from local.plugins.kubernetes.errors import Unreachable
from local.plugins.kubernetes.kinds import Kind, kind_of
from local.plugins.kubernetes.naming import object_id, split_id
from local.plugins.kubernetes.operations import Operation
from local.plugins.kubernetes.secrecy import always_secret, decoded, secret_paths
from local.plugins.kubernetes.settings import parse_settings
from local.plugins.provider import Provider, difference, resource_name, resource_type
from local.plugins.values import UNKNOWN, Decoded, decode, encode


class KubernetesProvider(Provider):
    """Serves one engine; configured once."""

    sdk = "pulumi-kubernetes"
    autonaming = True

    def __init__(self, engine: EngineLog) -> None:
        super().__init__(engine)
        self._configuration = Configuration()

    def check_settings(self, given: Mapping[str, Any]) -> None:
        parse_settings(given)

    def moved(self, old: Mapping[str, Any], new: Mapping[str, Any], changed: Collection[str]) -> list[str]:
        # Another cluster means other objects. Only a declared identifier tells: a path or a token says nothing.
        name = "clusterIdentifier"
        return [name] if name in changed and name in old and name in new else []

    @guarded
    def Configure(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:
        self._configuration.configure(parse_settings(decode(request.args).value))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=self.autonaming
        )

    @guarded
    def Check(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        new, old = decode(request.news), decode(request.olds)
        kind = kind_of(resource_type(request), new.value)
        try:
            inputs = checked(
                kind,
                new.value,
                old.value,
                resource_name=resource_name(request),
                seed=request.randomSeed,
                proposed=_proposed(request),
                namespaced=self._configuration.namespaced(kind),
                namespace=self._configuration.namespace,
            )
        except Invalid as error:
            failure = provider_pb2.CheckFailure(property=error.field, reason=str(error))
            return provider_pb2.CheckResponse(inputs=request.news, failures=[failure])
        secret = new.secrets | {(field,) for field in always_secret(kind) if field in inputs}
        return provider_pb2.CheckResponse(inputs=encode(inputs, secret))

    @guarded
    def Diff(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        live, new = decode(request.olds).value, decode(request.news).value
        old = decode(request.old_inputs).value if request.HasField("old_inputs") else live
        kind = kind_of(resource_type(request), new)
        if always_secret(kind):
            live = decoded(live)
        planned = plan(
            kind, old, new, live, imported=outputs.is_imported(live), mutable=self._configuration.settings.mutable
        )
        return difference(planned)

    @guarded
    def Create(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        new = decode(request.properties)
        kind = kind_of(resource_type(request), new.value)
        if request.preview:
            shown, warnings = preview.of_create(self._preview_cluster(request.urn), kind, new.value)
            self._warn(request.urn, warnings)
            metadata = new.value.get("metadata")
            known = isinstance(metadata, dict) and UNKNOWN not in (metadata.get("name"), metadata.get("namespace"))
            identifier = object_id(metadata) if known and isinstance(metadata, dict) else ""
            return provider_pb2.CreateResponse(id=identifier, properties=_encoded(kind, new, shown))
        identifier = object_id(new.value["metadata"])
        try:
            made = self._operation(request, kind).create(new.value)
        except InitFailed as failure:
            raise PartialFailure(identifier, _encoded(kind, new, failure.outputs), failure.reasons) from failure
        return provider_pb2.CreateResponse(id=identifier, properties=_encoded(kind, new, made))

    @guarded
    def Update(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        new = decode(request.news)
        kind = kind_of(resource_type(request), new.value)
        ignored = list(request.ignoreChanges)
        if request.preview:
            last = decode(request.olds).value
            cluster, force = self._preview_cluster(request.urn), self._configuration.settings.force
            shown, warnings = preview.of_update(cluster, kind, new.value, last, ignored, force=force)
            self._warn(request.urn, warnings)
            return provider_pb2.UpdateResponse(properties=_encoded(kind, new, shown))
        try:
            made = self._operation(request, kind).update(new.value, ignored)
        except InitFailed as failure:
            raise PartialFailure(request.id, _encoded(kind, new, failure.outputs), failure.reasons) from failure
        return provider_pb2.UpdateResponse(properties=_encoded(kind, new, made))

    @guarded
    def Delete(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        last = decode(request.properties).value
        kind = kind_of(resource_type(request), last)
        try:
            self._operation(request, kind).delete(_metadata(request.id), last)
        except Unreachable as error:
            if not self._configuration.settings.delete_unreachable:
                raise PluginError(
                    f"{error}\nIf the cluster is gone for good, set `deleteUnreachable` on the provider "
                    "to drop its objects from the state."
                ) from error
            self._log.warning(request.urn, f"dropped from the state without being deleted: {error}")
        return empty_pb2.Empty()

    @guarded
    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        inputs, seen = decode(request.inputs), decode(request.properties)
        kind = kind_of(resource_type(request), inputs.value or seen.value)
        operation = self._operation(request, kind)
        live = operation.find(_metadata(request.id))
        if live is None:
            return provider_pb2.ReadResponse()
        identifier = object_id(live["metadata"])
        if not inputs.value:
            found = outputs.imported(live)
            fresh = Decoded(outputs.inputs_of(live), frozenset((field,) for field in always_secret(kind)))
            return provider_pb2.ReadResponse(
                id=identifier, properties=_encoded(kind, fresh, found), inputs=encode(fresh.value, fresh.secrets)
            )
        manager = seen.value.get(outputs.MANAGER_KEY)
        shown = outputs.recorded(live, manager) if manager else outputs.imported(live)
        both = (decoded(seen.value), decoded(live)) if always_secret(kind) else (seen.value, live)
        current = Decoded(observe(inputs.value, *both), inputs.secrets)
        properties, drifted = _encoded(kind, inputs, shown), encode(current.value, current.secrets)
        if unhealthy := operation.health(live):
            raise PartialFailure(identifier, properties, [f"{kind.name} {identifier}: {unhealthy}"], drifted)
        return provider_pb2.ReadResponse(id=identifier, properties=properties, inputs=drifted)

    @guarded
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        raise PluginError(
            f"{request.tok} is not served by this machine's Kubernetes plugin. Declare the objects themselves, "
            "or install the official pulumi-resource-kubernetes."
        )

    @guarded
    def Construct(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ConstructResponse:
        kind_of(request.type, {})
        raise PluginError(f"{request.type} is not a component of the Kubernetes provider.")

    def _operation(self, request: Any, kind: Kind) -> Operation:
        return Operation(
            cluster=self._configuration.cluster(),
            kind=kind,
            talk=self._log.about(request.urn),
            cancelled=self._cancelled,
            force=self._configuration.settings.force,
            timeout=request.timeout,
        )

    def _preview_cluster(self, urn: str) -> Cluster | None:
        return self._configuration.reachable_cluster(
            lambda why: self._log.warning(urn, f"{why}\nUntil then previews show the program's values only.")
        )

    def _warn(self, urn: str, warnings: tuple[str, ...]) -> None:
        for warning in warnings:
            self._log.warning(urn, warning)


def _encoded(kind: Kind, inputs: Decoded, shown: dict[str, Any]) -> Any:
    return encode(shown, secret_paths(kind, inputs.value, inputs.secrets, shown))


def _proposed(request: Any) -> str:
    """The name the stack's auto-naming configuration proposes; empty if it leaves it to us."""
    if not request.HasField("autonaming"):
        return ""
    naming = provider_pb2.CheckRequest.AutonamingOptions
    if request.autonaming.mode == naming.DISABLE:
        return ""
    return str(request.autonaming.proposed_name)


def _metadata(identifier: str) -> dict[str, str]:
    namespace, name = split_id(identifier)
    return {"namespace": namespace, "name": name}
