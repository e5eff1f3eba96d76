"""A platform in one HTTP server: every part's pages, and a Kubernetes API that has what a test says."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from jobs.checks.check import Finding
from jobs.checks.system import System
from jobs.cluster.access import Access

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
NAMESPACES = ("ml-platform", "ml-serving")
Answer = tuple[int, Any]


@dataclass
class Platform:
    """`pages`: path → status and body (text or JSON); what is not there is 404. `posts`: path → what answers."""

    url: str = ""
    kubeconfig: Path = Path()
    pages: dict[str, Answer] = field(default_factory=dict)
    posts: dict[str, Callable[[Any, dict[str, str]], Answer]] = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, Any]:
        names = ("trackingUri", "servingUrl", "prometheusUrl", "alertmanagerUrl")
        return {**dict.fromkeys(names, self.url), "namespaces": list(NAMESPACES)}

    def system(self, **outputs: Any) -> System:
        return System({**self.outputs, **outputs}, "m", "champion", Access(str(self.kubeconfig), None), now=NOW)

    def has(self, path: str, *objects: dict[str, Any]) -> None:
        """The list at this path of Kubernetes' API."""
        self.pages[path] = (200, {"items": list(objects)})

    def alerts(self, *firing: tuple[str, str]) -> None:
        """Name and severity of what fires, at Prometheus and at Alertmanager."""
        found = [
            {"state": "firing", "labels": {"alertname": name, "severity": severity},
             "annotations": {"summary": f"{name} happened"}}
            for name, severity in firing
        ]  # fmt: skip
        self.pages["/api/v1/alerts"] = (200, {"status": "success", "data": {"alerts": found}})
        self.pages["/api/v2/alerts"] = (200, found)


def told(finding: Finding) -> str:
    """State, words and details in one line, for a test to look at."""
    return f"{finding.state}: {finding.says} {' '.join(finding.details)}"


@contextlib.contextmanager
def platform(folder: Path) -> Iterator[Platform]:
    """One that is well."""
    fake = Platform()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*fake.pages.get(self.path, (404, "no such page")))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
            answer = fake.posts.get(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._send(*(answer(body, headers) if answer else (404, "no such page")))

        def _send(self, status: int, data: Any) -> None:
            body = data.encode() if isinstance(data, str) else json.dumps(data).encode()
            self.send_response(status)
            self.send_header("content-type", "text/plain" if isinstance(data, str) else "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    fake.kubeconfig = kubeconfig(folder, fake.url)
    _well(fake)
    yield fake
    server.shutdown()
    server.server_close()


def kubeconfig(folder: Path, server: str) -> Path:
    """That leads to a server without a login."""
    path = folder / "kubeconfig"
    path.write_text(
        yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": server}}],
            "users": [{"name": "fake", "user": {}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
        })
    )  # fmt: skip
    return path


def _well(fake: Platform) -> None:
    fake.pages |= {
        "/health": (200, "OK"),
        "/ready": (200, {"ready": True, "database": "ok", "auth": "ok", "store": "ok"}),
        "/-/ready": (200, "Ready."),
        "/api/v1/rules": (200, rules({"name": "A", "type": "alerting", "health": "ok"})),
        "/api/v1/targets?state=active": (200, targets(("mlflow", "up", ""))),
    }
    fake.alerts(("Watchdog", "P3"))
    for namespace in NAMESPACES:
        for kind in ("deployments", "statefulsets"):
            fake.has(f"/apis/apps/v1/namespaces/{namespace}/{kind}")
    fake.has("/apis/apps/v1/namespaces/ml-serving/deployments", deployment("model-server-blue", 2, 2))
    fake.has("/apis/batch/v1/cronjobs", cron_job("backup"))
    fake.has("/apis/batch/v1/jobs", job("backup-1", "backup", "Complete", "02:00"))


def targets(*those: tuple[str, str, str]) -> dict[str, Any]:
    found = [
        {"scrapePool": pool, "health": health, "lastError": error, "scrapeUrl": f"http://{pool}/metrics"}
        for pool, health, error in those
    ]
    return {"status": "success", "data": {"activeTargets": found}}


def rules(*those: dict[str, Any]) -> dict[str, Any]:
    return {"status": "success", "data": {"groups": [{"rules": list(those)}]}}


def deployment(name: str, ready: int, wanted: int) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "ml-serving"}, "spec": {"replicas": wanted},
        "status": {"readyReplicas": ready} if ready else {},
    }  # fmt: skip


def cron_job(name: str, *, suspend: bool = False) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "ml-platform", "uid": name}, "spec": {"suspend": suspend},
        "status": {"lastScheduleTime": "2026-11-29T02:00:00Z"},
    }  # fmt: skip


def job(name: str, owner: str, end: str, hour: str) -> dict[str, Any]:
    """Of a CronJob; `end` is Complete or Failed, or empty while it runs."""
    conditions = [
        {
            "type": end,
            "status": "True",
            "reason": "BackoffLimitExceeded",
            "lastTransitionTime": f"2026-11-29T{hour}:00Z",
        }
    ]
    return {
        "metadata": {"name": name, "namespace": "ml-platform", "ownerReferences": [{"kind": "CronJob", "uid": owner}]},
        "status": {"conditions": conditions if end else []},
    }  # fmt: skip
