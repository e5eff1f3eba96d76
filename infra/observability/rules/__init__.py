"""Every rule of the platform, by domain. A metric is used here only if something that runs emits it."""

from infra.observability.alert import Alert
from infra.observability.recording import Recording
from infra.observability.rules import (
    certificates,
    data,
    gateway,
    platform,
    pods,
    recovery,
    schedules,
    servers,
    serving,
    slos,
    tracking,
    training,
)

PLATFORM_ALERTS: tuple[Alert, ...] = (
    *serving.ALERTS,
    *gateway.ALERTS,
    *tracking.ALERTS,
    *training.ALERTS,
    *data.ALERTS,
    *schedules.ALERTS,
    *recovery.ALERTS,
    *certificates.ALERTS,
    *pods.ALERTS,
    *slos.ALERTS,
    *platform.ALERTS,
)
# Where database and store are ours; a service of the cloud is watched by the cloud.
SERVER_ALERTS: tuple[Alert, ...] = (
    *servers.ALERTS,
    *recovery.COPY_ALERTS,
    *recovery.WAL_ALERTS,
    *recovery.DRILL_ALERTS,
)
DELIVERY_ALERTS = platform.DELIVERY_ALERTS
ALERTS = (*PLATFORM_ALERTS, *SERVER_ALERTS, *DELIVERY_ALERTS)
RECORDINGS: tuple[Recording, ...] = (*training.RECORDINGS, *schedules.RECORDINGS, *slos.RECORDINGS)

__all__ = ["ALERTS", "DELIVERY_ALERTS", "PLATFORM_ALERTS", "RECORDINGS", "SERVER_ALERTS"]
