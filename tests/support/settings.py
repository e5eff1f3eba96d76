"""The committed settings of stack `local` with everything that `make up` would add, and no real secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from infra.settings.load import parse
from infra.settings.models import Settings

ROOT = Path(__file__).parents[2]
PASSWORDS = (
    "databaseSuperuserPassword",
    "databaseTrackingPassword",
    "databaseAuthPassword",
    "storeAccessKey",
    "storeSecretKey",
    "storeTrackingSecretKey",
    "storeTrainingSecretKey",
    "storeServingSecretKey",
    "storeBackupSecretKey",
    "storeDriftSecretKey",
    "trackingAdminPassword",
    "trackingTrainingPassword",
    "trackingServingPassword",
    "trackingSecretKey",
)
CERTIFICATES = ("caCertificate", "databaseCertificate", "databaseKey", "storeCertificate", "storeKey")
IMAGES = ("postgres", "store", "tracking", "jobs", "serving", "prometheus", "alertmanager", "kubeStateMetrics")


def secret_of(name: str) -> str:
    """The secret value that tests look for."""
    return f"-----BEGIN hidden-{name}" if name in CERTIFICATES else f"hidden-{name}"


def raw(stack: str = "local") -> dict[str, Any]:
    """All objects of the stack file by domain, as `pulumi.Config` would give them. A new copy each time."""
    committed = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    own = {
        "cluster": {"kubeconfig": "/instance/kubeconfig", "context": "mlops", "nodeAddress": "10.213.0.2"},
        "images": {name: f"mlops.local/{name.lower()}:0123456789ab" for name in IMAGES},
        "secrets": {name: secret_of(name) for name in (*PASSWORDS, *CERTIFICATES)},
    }
    return own | {key.removeprefix("mlops:"): value for key, value in committed.items()}


def settings(stack: str = "local") -> Settings:
    """Settings that are accepted."""
    return parse(stack, raw(stack))
