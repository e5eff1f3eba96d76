"""A registry that knows one version, for benchmarks of the server: what it answers, MLflow would."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

from jobs.bundle.digest import BUNDLE_TAG
from jobs.training.experiment import Trained


@contextlib.contextmanager
def registry(trained: Trained, folder: Path) -> Iterator[str]:
    """A registry that knows one version."""
    place = folder / "model" / "artifacts"
    place.mkdir(parents=True)
    (place / "bundle").symlink_to(trained.folder)

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlparse(self.path)
            name = parse_qs(asked.query)["name"][0]
            data: dict[str, Any] = {"artifact_uri": str(folder / "model")}
            if asked.path.endswith("/alias"):
                tags = [{"key": BUNDLE_TAG, "value": trained.digest}]
                data = {"model_version": {"name": name, "version": "1", "tags": tags}}
            body = json.dumps(data).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
