"""The least that a server in Python can do: `python -m benchmarks.serving_floor PORT` answers a constant at once."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import cast

BODY = b'{"predictions":[{"probability":0.5,"label":"No"}],"model":"churn-classifier","version":"1"}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Floor(asyncio.Protocol):
    """Looks only for the length of a request, so that it answers each once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are transports without being a subclass.
        self.transport = cast(asyncio.WriteTransport, transport)
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return
        length = int(self.data[:end].rpartition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(self.data) >= end + 4 + length:
            self.data = b""
            self.transport.write(ANSWER)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(ImportError):
        # What the servers have that are compared with it, when they have it.
        import uvloop  # type: ignore[import-not-found, unused-ignore]

        uvloop.install()
    asyncio.run(main(int(sys.argv[1])))
