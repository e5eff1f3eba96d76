"""`pulumi-language-python [flags] ENGINE`: the process behind the launcher in `local/plugins/bin`."""

from __future__ import annotations

import sys

from pulumi.runtime.proto import language_pb2_grpc

from local.plugins.language.host import LanguageHost
from local.plugins.serving import announce, end, exit_when_told, new_server


def main(arguments: list[str]) -> None:
    # Go-style flags may stand before the address; the address is the only argument without a dash.
    engine = next((argument for argument in arguments if not argument.startswith("-")), "")
    host = LanguageHost(engine)
    server = new_server(threads=32)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    exit_when_told(host.close)
    try:
        announce(server)
        host.run_programs()
    finally:
        # Threads of a program (clients, pools) must not keep a cancelled run alive.
        end(server)


main(sys.argv[1:])
