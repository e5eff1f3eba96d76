"""Answers the API server's question who a token's owner is (TokenReview), as EKS does for IAM principals.

It is not EKS' authenticator: it knows only the access keys whose secrets it was told, and checks signatures itself
because the emulators do not; and it speaks plain HTTP, so its address must be private.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.aws.eks.access import Access
from local.aws.eks.token import Refused, key_of


def review(token: str, access: Access, secrets: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The status of a TokenReview; a refusal says why."""
    try:
        key = key_of(token, access.cluster, secrets, now)
        user = access.user_of(key, secrets[key])
    except Refused as refused:
        return {"authenticated": False, "error": f"the token is refused: {refused}"}
    except (ClientError, BotoCoreError) as error:
        return {"authenticated": False, "error": f"the emulated AWS did not tell who {key} is: {error}"}
    if user is None:
        return {"authenticated": False, "error": f"{key} has no access entry in the cluster {access.cluster!r}"}
    return {"authenticated": True, "user": {"username": user.name, "uid": key, "groups": list(user.groups)}}


@contextmanager
def webhook(
    address: tuple[str, int], access: Access, secrets: Mapping[str, str], report: Callable[[str], None]
) -> Iterator[None]:
    """Answers at `address` for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = review(asked["spec"]["token"], access, secrets, datetime.now(UTC))
            if "error" in status:
                report(f"eks: {status['error']}")
            answer = json.dumps({"apiVersion": asked["apiVersion"], "kind": "TokenReview", "status": status}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            """Silent: what is worth telling is reported."""

    with ThreadingHTTPServer(address, Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
