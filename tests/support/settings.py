"""The committed settings of each stack with everything that is added to them later, and no real secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from infra.settings.load import parse
from infra.settings.models import AwsSettings, MachineSettings

ROOT = Path(__file__).parents[2]
PASSWORDS = (
    "databaseSuperuserPassword",
    "databaseTrackingPassword",
    "databaseAuthPassword",
    "databaseStudiesPassword",
    "databaseBackupPassword",
    "databaseCarePassword",
    "storeAccessKey",
    "storeSecretKey",
    "storeTrackingSecretKey",
    "storeTrainingSecretKey",
    "storeServingSecretKey",
    "storeBackupSecretKey",
    "storeRotationSecretKey",
    "storeDriftSecretKey",
    "storeTuningSecretKey",
    "storeRetrainingSecretKey",
    "storePruningSecretKey",
    "storeArchiveSecretKey",
    "storeMonitoringSecretKey",
    "storeDrillSecretKey",
    "trackingAdminPassword",
    "trackingTrainingPassword",
    "trackingServingPassword",
    "trackingPruningPassword",
    "trackingSecretKey",
)
# What opens sets for the scheduled drill, and whom they are sealed for so that it can.
DRILL_KEYS = {
    "backupDrillIdentity": f"AGE-SECRET-KEY-1{'HIDDEN' * 9}XXXX", "backupDrillRecipient": f"age1{'drillxx' * 8}xx",
}  # fmt: skip
# Each has an API key of the gateway.
CLIENTS = ("default", "shop")
CERTIFICATES = ("caCertificate", "databaseCertificate", "databaseKey", "storeCertificate", "storeKey")
SHARED_IMAGES = (
    "tracking", "jobs", "serving", "gateway", "prometheus", "alertmanager", "kubeStateMetrics", "pushgateway",
)  # fmt: skip
IMAGES = ("postgres", "store", *SHARED_IMAGES)
AWS_IMAGES = ("predict", *SHARED_IMAGES)
AWS_PASSWORDS = tuple(name for name in PASSWORDS if name.startswith("tracking"))


def secret_of(name: str) -> str:
    """The secret value that tests look for."""
    return f"-----BEGIN hidden-{name}" if name in CERTIFICATES else f"hidden-{name}"


def raw(stack: str = "local") -> dict[str, Any]:
    """All objects of the stack file by domain, as `pulumi.Config` would give them. A new copy each time."""
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    committed = {key.removeprefix("mlops:"): value for key, value in config.items()}
    return committed | (_aws(committed["aws"]) if "aws" in committed else _machine())


def _keys() -> dict[str, Any]:
    keys = {client: secret_of(f"key-of-{client}") for client in CLIENTS}
    return {"gatewayApiKeys": keys, "backupRecipients": f"age1{'hiddenx' * 8}xx"}


def _machine() -> dict[str, Any]:
    return {
        "cluster": {"kubeconfig": "/instance/kubeconfig", "context": "mlops", "nodeAddress": "10.213.0.2"},
        "images": {name: f"mlops.local/{name.lower()}:0123456789ab" for name in IMAGES},
        "secrets": {name: secret_of(name) for name in (*PASSWORDS, *CERTIFICATES)} | _keys() | DRILL_KEYS,
    }


def _aws(account: dict[str, str]) -> dict[str, Any]:
    registry = f"{account['account']}.dkr.ecr.{account['region']}.amazonaws.com"
    return {
        "images": {name: f"{registry}/mlops/{name.lower()}@sha256:{'0123456789abcdef' * 4}" for name in AWS_IMAGES},
        "secrets": {name: secret_of(name) for name in AWS_PASSWORDS} | _keys(),
    }


def settings() -> MachineSettings:
    """Settings of stack `local` that are accepted."""
    accepted = parse("local", raw())
    assert isinstance(accepted, MachineSettings)
    return accepted


def aws_settings(stack: str) -> AwsSettings:
    """Settings of stack `dev` or `prod` that are accepted."""
    accepted = parse(stack, raw(stack))
    assert isinstance(accepted, AwsSettings)
    return accepted
