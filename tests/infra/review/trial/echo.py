"""A resource plugin that keeps what it is given and knows which properties of a few types replace."""
# ruff: noqa: ARG002  gRPC fixes the signature of every method.

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from google.protobuf import empty_pb2, json_format, struct_pb2  # type: ignore[import-untyped]  # no stubs
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from infra.review.values import differences, written
from local.plugins.serving import announce, end, exit_when_told, new_server

REPLACING = {("aws:rds/instance:Instance", "storageEncrypted"), ("aws:s3/bucket:Bucket", "bucket")}


class Echo(provider_pb2_grpc.ResourceProviderServicer):
    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=version("pulumi-aws"))

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        old, new = (json_format.MessageToDict(side) for side in (request.old_inputs, request.news))
        kind = request.urn.split("::")[2].split("$")[-1]
        detailed = {}
        for path in differences(old, new):
            replaces = (kind, path[0]) in REPLACING
            word = provider_pb2.PropertyDiff.UPDATE_REPLACE if replaces else provider_pb2.PropertyDiff.UPDATE
            detailed[written(path)] = provider_pb2.PropertyDiff(kind=word, inputDiff=True)
        response = provider_pb2.DiffResponse
        return response(
            changes=response.DIFF_SOME if detailed else response.DIFF_NONE,
            diffs=sorted({path.split(".")[0] for path in detailed}),
            replaces=[path for path, it in detailed.items() if it.kind == provider_pb2.PropertyDiff.UPDATE_REPLACE],
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )

    def Create(self, request: Any, context: Any) -> Any:
        made = struct_pb2.Struct()
        made.CopyFrom(request.properties)
        identifier = "" if request.preview else request.urn.rsplit("::", 1)[-1]
        return provider_pb2.CreateResponse(id=identifier, properties=made)

    def Update(self, request: Any, context: Any) -> Any:
        return provider_pb2.UpdateResponse(properties=request.news)

    def Delete(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


if __name__ == "__main__":
    server = new_server(16)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Echo(), server)
    exit_when_told()
    try:
        announce(server)
        server.wait_for_termination()
    finally:
        end(server)
