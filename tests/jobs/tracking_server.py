"""What the platform's MLflow server and its Jobs find in their pods: files of secrets, and the environment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.jobs.support import ROOT, free_port


def environment(folder: Path, port: int, backend: str, auth: str, users: Sequence[str]) -> dict[str, str]:
    """`backend`, `auth`: addresses of the two databases. The password of each user is `password-of-USER`."""
    secrets = folder / "secrets"
    secrets.mkdir()
    files = {
        "backend-uri": backend,
        "auth-uri": auth,
        "secret-key": "of-the-forms",
        "basic_auth.ini": f"[mlflow]\ndefault_permission = READ\ndatabase_uri = {auth}\nadmin_username = admin\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n",
        **{f"{user}-password": f"password-of-{user}" for user in users},
    }
    for name, content in files.items():
        (secrets / name).write_text(content)
    return {
        "PYTHONPATH": str(ROOT),
        "MLOPS_TRACKING_SECRETS": str(secrets),
        "MLOPS_TRACKING_ARTIFACT_ROOT": "s3://artifacts",
        "MLOPS_TRACKING_METRICS": str(folder / "metrics"),
        "MLOPS_TRACKING_PORT": str(port),
        "MLOPS_TRACKING_METRICS_PORT": str(free_port()),
        "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
    }
