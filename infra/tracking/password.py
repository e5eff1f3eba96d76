"""The password of one of MLflow's users for those outside the cluster, where no Kubernetes Secret reaches."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation import grantee
from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.grantee import Grantee
from infra.foundation.secret_reader import read_secret


@dataclass(frozen=True)
class TrackingPasswordArgs:
    """`user` of MLflow, and the password that the users Job gave it; `key` encrypts it."""

    cloud: Cloud
    user: str
    password: pulumi.Input[str]
    key: pulumi.Input[str]


class TrackingPassword(Component, domain="tracking"):
    """Owns a secret of Secrets Manager with the password. Does not own the user.

    `env` is for whoever logs in: it names the secret and holds none.
    """

    def __init__(self, name: str, args: TrackingPasswordArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        cloud = args.cloud
        self._secret = aws.secretsmanager.Secret(
            f"{name}-secret",
            description=f"Password of MLflow's user {args.user}",
            kms_key_id=args.key,
            # Named by the provider: a name of our own would be taken for as long as a deleted secret can be had back.
            recovery_window_in_days=0 if cloud.durability.clean_teardown else 30,
            tags=cloud.tagged(f"tracking-{args.user}"),
            opts=self.child(),
        )
        version = aws.secretsmanager.SecretVersion(
            f"{name}-version",
            secret_id=self._secret.id,
            secret_string=pulumi.Output.secret(args.password),
            opts=self.child(),
        )
        # Not before there is something to read.
        arn = pulumi.Output.all(self._secret.arn, version.urn).apply(lambda known: str(known[0]))
        self.env: dict[str, pulumi.Input[str]] = {
            "MLFLOW_TRACKING_USERNAME": args.user,
            "MLOPS_TRACKING_PASSWORD_ARN": arn,
        }
        self.register_outputs({})

    def grant_read(self, to: Grantee) -> None:
        """Lets it log in as the user."""
        args = self._args
        grantee.grant(to, "tracking-password", read_secret(args.cloud, self._secret.arn, args.key), self.child())
