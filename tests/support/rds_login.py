"""How RDS lets people in, in front of a PostgreSQL that lets in everyone: with an IAM token, or with a password."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

PROTOCOL_3 = 196608
LIFETIME = timedelta(seconds=900)


def forget_tokens() -> None:
    """What `iam_login.install` did to this process, undone: it holds for every engine that anybody makes later."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    from jobs.tracking import iam_login

    if event.contains(Engine, "do_connect", iam_login._log_in):
        event.remove(Engine, "do_connect", iam_login._log_in)
    iam_login._client.cache_clear()


@dataclass
class RdsLogin:
    """Who is in `passwords` gives that password; everyone else a token of their own. `logins` is who came in how."""

    upstream: int
    port: int = 0
    passwords: dict[str, str] = field(default_factory=dict)
    logins: list[tuple[str, str]] = field(default_factory=list)

    def handle(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            startup = _startup(client)
            words = startup[8:].split(b"\0")
            role = dict(zip(words[::2], words[1::2], strict=False))[b"user"].decode()
            client.sendall(struct.pack("!cII", b"R", 8, 3))
            given = _message(client)[5:-1].decode()
            if not self._lets_in(role, given):
                client.sendall(_refusal(f'PAM authentication failed for user "{role}"'))
                return
            self.logins.append((role, given))
            with socket.create_connection(("127.0.0.1", self.upstream)) as server:
                server.sendall(startup)
                back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                back.start()
                _copy(client, server)
                back.join(10)

    def _lets_in(self, role: str, given: str) -> bool:
        if role in self.passwords:
            return given == self.passwords[role]
        token = urlsplit(f"//{given}")
        claims = {key: values[0] for key, values in parse_qs(token.query).items()}
        if not claims.get("X-Amz-Signature"):
            return False
        made = datetime.strptime(claims["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return (
            (token.port, claims["Action"], claims["DBUser"]) == (self.port, "connect", role)
            and "/eu-central-1/rds-db/" in claims["X-Amz-Credential"]
            and datetime.now(UTC) - made < LIFETIME
        )


@contextlib.contextmanager
def rds_login(upstream: int) -> Iterator[RdsLogin]:
    """In front of the server at port `upstream`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        front = RdsLogin(upstream, listening.getsockname()[1])

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _address = listening.accept()
                    threading.Thread(target=front.handle, args=(client,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield front
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def _startup(client: socket.socket) -> bytes:
    """The client's first message, once it has heard that there is no encryption."""
    while True:
        length = struct.unpack("!I", _exactly(client, 4))[0]
        body = _exactly(client, length - 4)
        if struct.unpack("!I", body[:4])[0] == PROTOCOL_3:
            return struct.pack("!I", length) + body
        client.sendall(b"N")


def _message(client: socket.socket) -> bytes:
    head = _exactly(client, 5)
    return head + _exactly(client, struct.unpack("!I", head[1:])[0] - 4)


def _exactly(client: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        if not (part := client.recv(count - len(read))):
            raise ConnectionError("the client went away")
        read += part
    return read


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


def _refusal(text: str) -> bytes:
    body = b"SFATAL\0C28000\0M" + text.encode() + b"\0\0"
    return b"E" + struct.pack("!I", len(body) + 4) + body
