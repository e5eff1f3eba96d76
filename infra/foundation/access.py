"""What a pod is told and trusted with to reach the platform's services, as environment, Secret and CA file."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.foundation import objects, volumes
from infra.foundation.addresses import DATABASE, TRACKING
from infra.foundation.apps import App
from infra.foundation.workload import SecretKey

CA_FILE = "/etc/mlops/ca.crt"
_CA_KEY = "ca.crt"


@dataclass(frozen=True)
class Access:
    """Variables for the environment: `plain` as they are, `hidden` through a Secret that is the pod's own.

    Several make one with `|`.
    """

    plain: Mapping[str, pulumi.Input[str]]
    hidden: Mapping[str, pulumi.Input[str]]
    ca_certificate: pulumi.Input[str]

    def __or__(self, other: "Access") -> "Access":
        return Access({**self.plain, **other.plain}, {**self.hidden, **other.hidden}, self.ca_certificate)

    def secret(
        self, name: str, app: App, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        """The Secret that `env` and `mount` refer to; its name in the cluster."""
        return objects.secret(name, app, namespace, {**self.hidden, _CA_KEY: self.ca_certificate}, opts)

    def env(self, secret: pulumi.Input[str]) -> dict[str, pulumi.Input[str] | SecretKey]:
        return {**self.plain, **{variable: SecretKey(secret, variable) for variable in self.hidden}}

    def mount(self, secret: pulumi.Input[str]) -> volumes.Mount:
        return volumes.file("access", secret, _CA_KEY, CA_FILE)


def store_access(
    *,
    url: pulumi.Input[str],
    region: str,
    access_key: pulumi.Input[str],
    secret_key: pulumi.Input[str],
    ca_certificate: pulumi.Input[str],
) -> Access:
    """The S3 store, for MLflow's client and for plain boto3."""
    return Access(
        plain={
            "MLFLOW_S3_ENDPOINT_URL": url,
            "AWS_ENDPOINT_URL_S3": url,
            "AWS_DEFAULT_REGION": region,
            "AWS_CA_BUNDLE": CA_FILE,
        },
        hidden={"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key},
        ca_certificate=ca_certificate,
    )


def tracking_access(*, user: str, password: pulumi.Input[str], ca_certificate: pulumi.Input[str]) -> Access:
    """MLflow, as one of its users."""
    return Access(
        plain={"MLFLOW_TRACKING_URI": TRACKING.url, "MLFLOW_TRACKING_USERNAME": user},
        hidden={"MLFLOW_TRACKING_PASSWORD": password},
        ca_certificate=ca_certificate,
    )


def database_access(*, user: str, password: pulumi.Input[str], ca_certificate: pulumi.Input[str]) -> Access:
    """PostgreSQL, by libpq's own variables; the server must prove its name."""
    return Access(
        plain={
            "PGHOST": DATABASE.host,
            "PGPORT": str(DATABASE.port),
            "PGUSER": user,
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": CA_FILE,
        },
        hidden={"PGPASSWORD": password},
        ca_certificate=ca_certificate,
    )
