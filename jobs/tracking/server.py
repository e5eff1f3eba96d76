"""`python -m jobs.tracking.server` serves MLflow in one process.

`mlflow server` would keep a second process with all of MLflow loaded beside the one that serves, could not answer
`/ready`, and takes the database's password as an argument or a variable. Here it comes from a mounted file.
"""

from __future__ import annotations

import logging
import os
import shutil

from jobs.tracking import database_errors, iam_login
from jobs.tracking.configuration import Configuration

_QUIET = ("/ready", "/health")


class _NoProbes(logging.Filter):
    """Keeps the kubelet's questions out of the access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        arguments = record.args
        return not (isinstance(arguments, tuple) and len(arguments) > 2 and str(arguments[2]) in _QUIET)


def main() -> None:
    configuration = Configuration.read()
    # Files of a process that was killed in this pod would be counted into the new one's metrics.
    shutil.rmtree(configuration.metrics, ignore_errors=True)
    configuration.metrics.mkdir(parents=True)
    os.environ.update(configuration.environment())
    iam_login.install()
    database_errors.install()
    _serve(configuration)


def _serve(configuration: Configuration) -> None:
    # Imported here: mlflow.server reads the environment when it is imported.
    import uvicorn
    from mlflow.server.auth import create_app
    from mlflow.server.handlers import initialize_backend_stores
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    from jobs.tracking.app import ReadyInFront
    from jobs.tracking.readiness import Readiness, bucket, database

    # Fails here, with a reason, when the schema is not the one this MLflow wants: the schema Job has not run.
    initialize_backend_stores(configuration.backend_uri, configuration.backend_uri, configuration.artifact_root)
    readiness = Readiness(
        {
            "database": database(configuration.backend_uri),
            "auth": database(configuration.auth_uri),
            "store": bucket(configuration.bucket, os.environ.get("MLFLOW_S3_ENDPOINT_URL")),
        }
    )
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no annotations here
    # A port of its own: on MLflow's port metrics would need an administrator's password.
    start_http_server(configuration.metrics_port, registry=registry)
    logging.getLogger("uvicorn.access").addFilter(_NoProbes())
    uvicorn.run(
        ReadyInFront(create_app(), readiness, configuration.at_once),
        host="0.0.0.0",
        port=configuration.port,
        timeout_graceful_shutdown=20,
    )


if __name__ == "__main__":
    main()
