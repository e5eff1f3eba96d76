"""`pulumi-resource-aws [flags] ENGINE`: the process behind the launcher in `local/plugins/bin`."""

from __future__ import annotations

import sys

from pulumi.runtime.proto import provider_pb2_grpc

from local.plugins.aws.servicer import AwsProvider
from local.plugins.engine import EngineLog
from local.plugins.serving import announce, end, exit_when_told, new_server

# A waiting operation holds a thread; threads are made on demand. The engine runs 4 per core unless told otherwise.
_THREADS = 256


def main(arguments: list[str]) -> None:
    engine = next((argument for argument in arguments if not argument.startswith("-")), "")
    server = new_server(_THREADS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(AwsProvider(EngineLog(engine)), server)
    exit_when_told()
    try:
        announce(server)
        server.wait_for_termination()
    finally:
        # An operation may still wait on AWS; the engine has given up on it.
        end(server)


main(sys.argv[1:])
