"""The secrets of an instance: passwords, keys and certificates, kept encrypted in its stack config. Each is made once;
removing one rotates it, and certificates are renewed before they end."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from infra.settings.secrets import DEFAULT_CLIENT
from jobs.backup.seal import new_key
from local.cluster.pki import Authority
from local.platform.certificates import renewed

# All are text but `gatewayApiKeys`, which has a key for each client by name.
Secrets = dict[str, Any]

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
API_KEYS = "gatewayApiKeys"
# Of the scheduled drill: what opens sets, and whom they are sealed for so that it can.
DRILL = ("backupDrillIdentity", "backupDrillRecipient")


def complete(
    kept: Mapping[str, Any], key: bytes | None, node_address: str, now: datetime | None = None
) -> tuple[Secrets, Authority | None]:
    """`mlops:secrets` with what is missing or ends soon made now, everything else as it was.

    Besides, the authority that signs its certificates; `key` is that of the kept one, None when it is lost.
    """
    made: Secrets = {**{name: secrets.token_hex(16) for name in PASSWORDS if name not in kept}, **kept}
    keys = kept.get(API_KEYS, {})
    if not set(DRILL) <= kept.keys():
        made |= dict(zip(DRILL, new_key(), strict=True))
    made[API_KEYS] = {DEFAULT_CLIENT: secrets.token_hex(16), **keys} if DEFAULT_CLIENT not in keys else keys
    certificates, authority = renewed(kept, key, node_address, now or datetime.now(UTC))
    return made | certificates, authority
