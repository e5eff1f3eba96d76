"""The secrets of a new instance: passwords, keys and certificates. Made once and kept encrypted in its stack config."""

from __future__ import annotations

import secrets

from local.cluster.pki import Authority

PASSWORDS = (
    "databaseSuperuserPassword",
    "databaseTrackingPassword",
    "databaseAuthPassword",
    "storeAccessKey",
    "storeSecretKey",
    "trackingAdminPassword",
    "trackingTrainingPassword",
    "trackingServingPassword",
    "trackingSecretKey",
)
# Servers with TLS: (prefix of their secrets, name of their Service).
SERVERS = (("database", "postgres"), ("store", "store"))
NAMESPACE = "ml-platform"


def service_names(service: str) -> list[str]:
    """Every name by which a client may call the Service."""
    scoped = f"{service}.{NAMESPACE}"
    return [service, scoped, f"{scoped}.svc", f"{scoped}.svc.cluster.local"]


def create_secrets(node_address: str) -> dict[str, str]:
    """All values of `mlops:secrets`; `node_address` is the one more name that the certificates must carry."""
    authority = Authority.create("mlops-platform")
    created = {name: secrets.token_hex(16) for name in PASSWORDS}
    created["caCertificate"] = authority.pair.certificate.decode()
    for prefix, service in SERVERS:
        pair = authority.issue(service, hosts=[*service_names(service), node_address])
        created[f"{prefix}Certificate"] = pair.certificate.decode()
        created[f"{prefix}Key"] = pair.key.decode()
    return created
