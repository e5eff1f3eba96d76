"""The environment, read once and typed; without it, the outputs that `make up` wrote."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from jobs.errors import ConfigError

MLFLOW_DEFAULTS = {
    # MLflow's own default keeps a command waiting for minutes on a server that is down.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    # Standard output is ours, and may be JSON.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # The images have no git, and MLflow tells so in twenty lines.
    "GIT_PYTHON_REFRESH": "quiet",
}

# An ARN instead of MLFLOW_TRACKING_PASSWORD.
PASSWORD_ARN = "MLOPS_TRACKING_PASSWORD_ARN"


class Settings(BaseModel):
    """Base: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TrackingSettings(Settings):
    """Where MLflow is, and as whom."""

    uri: str
    username: str | None = None
    password: str | None = None

    @classmethod
    def read(cls) -> TrackingSettings:
        """Raises ConfigError without MLFLOW_TRACKING_URI."""
        uri = os.environ.get("MLFLOW_TRACKING_URI")
        if not uri:
            raise ConfigError(
                "MLFLOW_TRACKING_URI is not set and no running instance was found",
                change='run `make up`, or `eval "$(mlops env)"`, or `mlops tracking serve` and set it',
            )
        return cls(
            uri=uri.rstrip("/"),
            username=os.environ.get("MLFLOW_TRACKING_USERNAME"),
            password=os.environ.get("MLFLOW_TRACKING_PASSWORD") or _password_by_arn(),
        )

    @property
    def auth(self) -> tuple[str, str] | None:
        return (self.username, self.password) if self.username and self.password else None


def _password_by_arn() -> str | None:
    """Of a secret in AWS Secrets Manager, for those whose environment must not hold it. Raises ConfigError."""
    arn = os.environ.get(PASSWORD_ARN)
    if not arn:
        return None
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        # The region stands in the ARN; a function's own environment may have none.
        client = boto3.client("secretsmanager", region_name=arn.split(":")[3])
        return str(client.get_secret_value(SecretId=arn)["SecretString"])
    except (BotoCoreError, ClientError, IndexError) as error:
        raise ConfigError(
            "MLflow's password cannot be read",
            given=f"{PASSWORD_ARN}={arn}: {error}",
            change="grant it, or set another",
        ) from error


class StoreSettings(Settings):
    """Where the S3 store is; credentials and CA are boto3's own variables."""

    endpoint: str | None
    region: str

    @classmethod
    def read(cls) -> StoreSettings:
        endpoint = os.environ.get("MLFLOW_S3_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT_URL_S3")
        return cls(endpoint=endpoint, region=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))


class Instance(Settings):
    """The folder of one platform on this machine."""

    folder: Path

    @classmethod
    def read(cls) -> Instance:
        cache = Path(os.environ.get("MLOPS_CACHE", "~/.cache/mlops")).expanduser()
        return cls(folder=cache / "instances" / os.environ.get("MLOPS_INSTANCE", "local"))

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def backup_key(self) -> Path:
        """What opens the instance's backups."""
        return self.folder / "backup.key"

    def outputs(self) -> dict[str, Any]:
        """Stack outputs; empty when there is no instance. Raises ConfigError on a file that cannot be read."""
        path = self.folder / "outputs.json"
        try:
            outputs: dict[str, Any] = json.loads(path.read_text())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise ConfigError("the instance's outputs cannot be read", given=path, change="run `make up`") from error
        return outputs

    def in_use(self) -> bool:
        """Whether MLflow's address is this instance's: Jobs must run beside the tracking server they record in."""
        address = os.environ.get("MLFLOW_TRACKING_URI")
        return not address or address == self.outputs().get("trackingUri")

    def environment(self) -> dict[str, str]:
        """Variables for plain `mlflow` and boto3 clients, and for clients of what serves; empty without an instance."""
        outputs = self.outputs()
        wanted = {
            "MLFLOW_TRACKING_URI": outputs.get("trackingUri"),
            "MLFLOW_TRACKING_USERNAME": "admin" if outputs.get("trackingAdminPassword") else None,
            "MLFLOW_TRACKING_PASSWORD": outputs.get("trackingAdminPassword"),
            "MLFLOW_S3_ENDPOINT_URL": outputs.get("storeEndpoint"),
            "AWS_ENDPOINT_URL_S3": outputs.get("storeEndpoint"),
            "AWS_ACCESS_KEY_ID": outputs.get("storeAccessKey"),
            "AWS_SECRET_ACCESS_KEY": outputs.get("storeSecretKey"),
            "AWS_DEFAULT_REGION": outputs.get("storeRegion", "us-east-1") if outputs else None,
            "MLOPS_SERVING_URL": outputs.get("servingUrl"),
            "MLOPS_SERVING_KEY": outputs.get("servingKey"),
            "MLOPS_PREDICT_FUNCTION": outputs.get("predictFunction"),
            "MLOPS_ENDPOINT": outputs.get("endpointName"),
            "MLOPS_ENDPOINT_CONFIGURATION": outputs.get("endpointConfiguration"),
            "AWS_CA_BUNDLE": str(self.folder / "ca.crt") if (self.folder / "ca.crt").exists() else None,
        }
        return {name: str(value) for name, value in wanted.items() if value}

    def database_environment(self) -> dict[str, str]:
        """Variables with which PostgreSQL's clients are its superuser; empty when the instance has none of its own."""
        outputs = self.outputs()
        host, _, port = str(outputs.get("databaseHost", "")).partition(":")
        password = outputs.get("databaseSuperuserPassword")
        if not password:
            return {}
        return {
            "PGHOST": host,
            "PGPORT": port,
            "PGUSER": "postgres",
            "PGPASSWORD": str(password),
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": str(self.folder / "ca.crt"),
        }


def use_database() -> None:
    """Sets what PostgreSQL's clients read: without PGHOST, as the superuser of the instance in use."""
    instance = Instance.read()
    if not os.environ.get("PGHOST") and instance.in_use():
        os.environ.update(instance.database_environment())


def use_environment(environment: Mapping[str, str] | None = None) -> None:
    """Sets what MLflow and boto3 read: bounded retries and, without MLFLOW_TRACKING_URI, the instance's variables."""
    for name, value in MLFLOW_DEFAULTS.items():
        os.environ.setdefault(name, value)
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        os.environ.update(Instance.read().environment() if environment is None else environment)
