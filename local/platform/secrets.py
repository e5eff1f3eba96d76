"""The secrets of an instance: passwords, keys and certificates, kept encrypted in its stack config. Each is made once;
removing one rotates it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from infra.settings.secrets import DEFAULT_CLIENT
from jobs.backup.seal import new_key
from local.cluster.pki import Authority

# All are text but `gatewayApiKeys`, which has a key for each client by name.
Secrets = dict[str, Any]

PASSWORDS = (
    "databaseSuperuserPassword",
    "databaseTrackingPassword",
    "databaseAuthPassword",
    "databaseStudiesPassword",
    "databaseBackupPassword",
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
API_KEYS = "gatewayApiKeys"
# Of the scheduled drill: what opens sets, and whom they are sealed for so that it can.
DRILL = ("backupDrillIdentity", "backupDrillRecipient")
# Servers with TLS: (prefix of their secrets, name of their Service).
SERVERS = (("database", "postgres"), ("store", "store"))
NAMESPACE = "ml-platform"


def service_names(service: str) -> list[str]:
    """Every name by which a client may call the Service."""
    scoped = f"{service}.{NAMESPACE}"
    return [service, scoped, f"{scoped}.svc", f"{scoped}.svc.cluster.local"]


def complete(
    kept: Mapping[str, Any], authority: Authority | None, node_address: str
) -> tuple[Secrets, Authority | None]:
    """`mlops:secrets` with what is missing made now, everything else as it was; and the authority of its certificates.

    `authority` is the kept one, None when its key is lost. A leaf is issued anew when half of it is missing; without
    an authority that fits `caCertificate` a new one takes its place, and then every leaf is issued by that.
    """
    made: Secrets = {**{name: secrets.token_hex(16) for name in PASSWORDS if name not in kept}, **kept}
    keys = kept.get(API_KEYS, {})
    if not set(DRILL) <= kept.keys():
        made |= dict(zip(DRILL, new_key(), strict=True))
    made[API_KEYS] = {DEFAULT_CLIENT: secrets.token_hex(16), **keys} if DEFAULT_CLIENT not in keys else keys
    lacking = [each for each in SERVERS if not {f"{each[0]}Certificate", f"{each[0]}Key"} <= kept.keys()]
    if not lacking and "caCertificate" in kept:
        return made, authority
    if authority is None or authority.pair.certificate.decode() != kept.get("caCertificate"):
        authority, lacking = Authority.create("mlops-platform"), list(SERVERS)
        made["caCertificate"] = authority.pair.certificate.decode()
    for prefix, service in lacking:
        pair = authority.issue(service, hosts=[*service_names(service), node_address])
        made[f"{prefix}Certificate"], made[f"{prefix}Key"] = pair.certificate.decode(), pair.key.decode()
    return made, authority
