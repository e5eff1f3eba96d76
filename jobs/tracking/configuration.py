"""What the tracking image reads: a folder of secret files and a few plain variables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

# MLflow's CLI hands these to the server it starts; this image starts the server itself, so it must set them before the
# first import of mlflow.server. A test holds each name against MLflow's own constant.
BACKEND_STORE = "_MLFLOW_SERVER_FILE_STORE"
REGISTRY_STORE = "_MLFLOW_SERVER_REGISTRY_STORE"
ARTIFACT_ROOT = "_MLFLOW_SERVER_ARTIFACT_ROOT"
METRICS_FOLDER = "prometheus_multiproc_dir"
SERVER_KIND = "_MLFLOW_SGI_NAME"


class ConfigurationError(Exception):
    """The image was started without something it needs."""


@dataclass(frozen=True)
class Configuration:
    """Settings of one tracking process."""

    secrets: Path
    artifact_root: str
    metrics: Path
    port: int
    metrics_port: int
    pool_size: int

    @classmethod
    def read(cls) -> Configuration:
        """Raises ConfigurationError naming the variable that is missing."""
        return cls(
            secrets=Path(_variable("MLOPS_TRACKING_SECRETS", "folder of the mounted Secret")),
            artifact_root=_variable("MLOPS_TRACKING_ARTIFACT_ROOT", "s3://bucket"),
            metrics=Path(os.environ.get("MLOPS_TRACKING_METRICS", "/tmp/metrics")),
            port=int(os.environ.get("MLOPS_TRACKING_PORT", "5000")),
            metrics_port=int(os.environ.get("MLOPS_TRACKING_METRICS_PORT", "9464")),
            pool_size=int(os.environ.get("MLOPS_TRACKING_POOL_SIZE", "10")),
        )

    @property
    def backend_uri(self) -> str:
        """Database of experiments, runs and models."""
        return self.secret("backend-uri")

    @property
    def auth_uri(self) -> str:
        """Database of users and permissions."""
        return self.secret("auth-uri")

    @property
    def at_once(self) -> int:
        """Requests inside MLflow: one holds two connections at most, so the pool is never exceeded.

        Its handlers are threads of one interpreter: more are no faster, and take turns from who answers probes. With
        40 of them `/health` waited for longer than 5 s under 1,000 clients, and the kubelet ended each busy server.
        """
        return max(1, self.pool_size // 2)

    @property
    def bucket(self) -> str:
        return self.artifact_root.removeprefix("s3://").split("/", 1)[0]

    def secret(self, name: str) -> str:
        """Raises ConfigurationError when the file is missing."""
        try:
            return (self.secrets / name).read_text().strip()
        except OSError as error:
            raise ConfigurationError(f"{self.secrets / name} cannot be read: mount it from the Secret") from error

    def environment(self) -> dict[str, str]:
        """What MLflow reads. Set in the process only: passwords never stand in a pod's specification or argv."""
        return {
            BACKEND_STORE: self.backend_uri,
            REGISTRY_STORE: self.backend_uri,
            ARTIFACT_ROOT: self.artifact_root,
            METRICS_FOLDER: str(self.metrics),
            "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": str(self.pool_size),
            SERVER_KIND: "uvicorn",
            "MLFLOW_AUTH_CONFIG_PATH": str(self.secrets / "basic_auth.ini"),
            "MLFLOW_FLASK_SERVER_SECRET_KEY": self.secret("secret-key"),
            # The job runner costs 2 GB and needs a queue of its own; the platform runs jobs on Kubernetes.
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }


def _variable(name: str, meaning: str) -> str:
    if not (value := os.environ.get(name)):
        raise ConfigurationError(f"{name} is not set: give the {meaning}")
    return value
