"""What a pod is told and trusted with to reach the platform's services: environment, Secret, CA file, places."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from infra.foundation import objects, volumes
from infra.foundation.addresses import TRACKING, Reach
from infra.foundation.apps import App
from infra.foundation.workload import SecretKey

CA_FILE = "/etc/mlops/ca.crt"
# Where keys are mounted that open what others have sealed.
KEYS = "/etc/mlops/keys"
_CA_KEY = "ca.crt"


@dataclass(frozen=True)
class Access:
    """Variables for the environment: `plain` as they are, `hidden` through a Secret that is the pod's own.

    `reaches` is where the services are, for the network policies. Several make one with `|`.
    """

    plain: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    hidden: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    ca_certificate: pulumi.Input[str] | None = None
    reaches: tuple[Reach, ...] = ()

    def __or__(self, other: "Access") -> "Access":
        return Access(
            {**self.plain, **other.plain},
            {**self.hidden, **other.hidden},
            self.ca_certificate if other.ca_certificate is None else other.ca_certificate,
            (*self.reaches, *other.reaches),
        )

    def secret(
        self, name: str, app: App, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        """The Secret that `env` and `mounts` refer to; its name in the cluster."""
        files = {} if self.ca_certificate is None else {_CA_KEY: self.ca_certificate}
        return objects.secret(name, app, namespace, {**self.hidden, **files}, opts)

    def env(self, secret: pulumi.Input[str]) -> dict[str, pulumi.Input[str] | SecretKey]:
        return {**self.plain, **{variable: SecretKey(secret, variable) for variable in self.hidden}}

    def mounts(self, secret: pulumi.Input[str]) -> list[volumes.Mount]:
        return [] if self.ca_certificate is None else [volumes.file("access", secret, _CA_KEY, CA_FILE)]


def key_files(
    name: str,
    app: App,
    namespace: pulumi.Input[str],
    keys: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> list[volumes.Mount]:
    """Secret files below `KEYS`, by a Secret of the pod's own; nothing without any."""
    if not keys:
        return []
    return [volumes.secret("keys", objects.secret(f"{name}-keys", app, namespace, keys, opts), KEYS)]


def tracking_access(*, user: str, password: pulumi.Input[str]) -> Access:
    """MLflow, as one of its users."""
    return Access(
        plain={"MLFLOW_TRACKING_URI": TRACKING.url, "MLFLOW_TRACKING_USERNAME": user},
        hidden={"MLFLOW_TRACKING_PASSWORD": password},
        reaches=(TRACKING,),
    )
