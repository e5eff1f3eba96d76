"""Runs inside the image `serving`: the model server loads the bundle in /mnt and must answer its golden rows.

A registry that knows this one version answers on the loopback interface.
"""

import http.client
import http.server
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from jobs.bundle.digest import BUNDLE_TAG
from jobs.bundle.prediction import TOLERANCE

FOLDER, PORT, SECONDS = Path("/mnt"), 8080, 60.0


class Registry(http.server.BaseHTTPRequestHandler):
    """What MLflow says of an alias and of where its version is."""

    def do_GET(self) -> None:
        tags = [{"key": BUNDLE_TAG, "value": (FOLDER / "digest").read_text()}]
        version = {"name": "smoke", "version": "1", "tags": tags}
        data = {"artifact_uri": str(FOLDER)} if "download-uri" in self.path else {"model_version": version}
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def ask(method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    """Of the model server; 0 while it does not listen."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    try:
        content = json.dumps(body).encode() if body is not None else None
        connection.request(method, path, content, {"content-type": "application/json"} if content else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError as error:
        return 0, str(error).encode()
    finally:
        connection.close()


def golden() -> str | None:
    """What is wrong with the answers to the bundle's own golden rows."""
    rows = json.loads((FOLDER / "artifacts/bundle/bundle.json").read_text())["golden"]
    status, body = ask("POST", "/predict", {"records": [row["record"] for row in rows]})
    if status != 200:
        return f"/predict: status {status}: {body[:500]!r}"
    said = [one["probability"] for one in json.loads(body)["predictions"]]
    off = max(abs(one - row["probability"]) for one, row in zip(said, rows, strict=True))
    return f"a golden row is {off} off" if off > TOLERANCE else None


def problem(server: "subprocess.Popen[bytes]") -> str | None:
    """None when the server got ready and its answers are right."""
    end = time.monotonic() + SECONDS
    while (found := ask("GET", "/ready"))[0] != 200:
        if server.poll() is not None:
            return f"the server ended with {server.returncode}"
        if time.monotonic() > end:
            return f"the server was not ready within {SECONDS:.0f} s: {found[0]} {found[1]!r}"
        time.sleep(0.1)
    return golden()


if __name__ == "__main__":
    registry = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=registry.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{registry.server_port}"
    with subprocess.Popen(["serve"], env=os.environ | {"MLFLOW_TRACKING_URI": address}) as started:
        wrong = problem(started)
        started.terminate()
    sys.exit(wrong)
