"""Runs inside the image `serving`: the model server loads the bundle in /mnt and must answer its golden rows,
as our clients and as SageMaker ask.

A registry that knows this one version answers on the loopback interface.
"""

import csv
import http.client
import http.server
import io
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
JSON, CSV = "application/json", "text/csv"
# Our own, and what SageMaker asks for.
WAYS = (("/predict", JSON), ("/invocations", JSON), ("/invocations", CSV))


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


def ask(method: str, path: str, content: bytes | None = None, kind: str = JSON) -> tuple[int, bytes]:
    """Of the model server, which answers in the kind that it is asked in; 0 while it does not listen."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    try:
        connection.request(method, path, content, {"content-type": kind, "accept": kind} if content else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError as error:
        return 0, str(error).encode()
    finally:
        connection.close()


def written(records: list[dict[str, Any]], kind: str) -> bytes:
    """The body of a request."""
    if kind == JSON:
        return json.dumps({"records": records}).encode()
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return lines.getvalue().encode()


def read(body: bytes, kind: str) -> list[float]:
    """The probabilities of an answer."""
    if kind == JSON:
        return [one["probability"] for one in json.loads(body)["predictions"]]
    return [float(probability) for probability, _ in csv.reader(body.decode().splitlines())]


def golden() -> str | None:
    """What is wrong with the answers to the bundle's own golden rows."""
    rows = json.loads((FOLDER / "artifacts/bundle/bundle.json").read_text())["golden"]
    for path, kind in WAYS:
        status, body = ask("POST", path, written([row["record"] for row in rows], kind), kind)
        if status != 200:
            return f"{path}, {kind}: status {status}: {body[:500]!r}"
        off = [abs(one - row["probability"]) for one, row in zip(read(body, kind), rows, strict=True)]
        if not all(one <= TOLERANCE for one in off):
            return f"{path}, {kind}: a golden row is {max(off)} off"
    return None


def problem(server: "subprocess.Popen[bytes]") -> str | None:
    """None when the server got ready and its answers are right."""
    end = time.monotonic() + SECONDS
    while (found := ask("GET", "/ready"))[0] != 200:
        if server.poll() is not None:
            return f"the server ended with {server.returncode}"
        if time.monotonic() > end:
            return f"the server was not ready within {SECONDS:.0f} s: {found[0]} {found[1]!r}"
        time.sleep(0.1)
    if (found := ask("GET", "/ping"))[0] != 200:
        return f"/ping: {found[0]} {found[1]!r}"
    return golden()


if __name__ == "__main__":
    registry = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=registry.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{registry.server_port}"
    with subprocess.Popen(["serve"], env=os.environ | {"MLFLOW_TRACKING_URI": address}) as started:
        wrong = problem(started)
        started.terminate()
    sys.exit(wrong)
