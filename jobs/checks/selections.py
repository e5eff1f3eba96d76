"""Which checks a command asks: the table of contents of this room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jobs.checks import (
    after,
    ages,
    alerts,
    before,
    certificates,
    clients,
    colours,
    gateway,
    golden,
    models,
    parts,
    schedules,
    workloads,
)
from jobs.checks.check import Check, Finding

if TYPE_CHECKING:
    from jobs.checks.system import System


def _check(name: str, ask: Callable[[System], Finding]) -> Check:
    return Check(name, (ask.__doc__ or "").strip(), ask)


# Every part, quickly.
HEALTH = (
    _check("tracking", parts.tracking),
    _check("database", parts.database),
    _check("store", parts.store),
    _check("store, direct", parts.store_direct),
    _check("serving", parts.serving),
    _check("workloads", workloads.replicas),
    _check("jobs", schedules.cron_jobs),
    _check("prometheus", parts.prometheus),
    _check("alertmanager", parts.alertmanager),
    _check("alerts", alerts.quiet),
)
# Of the whole command, from its start: three seconds less a tenth to tell it. Parts have so many at the least, because
# one that had none would be called bad for a machine that is slow to start Python.
HEALTH_SECONDS, HEALTH_LEAST = 2.9, 1.5

# What a user does, and what nobody sees until it is needed.
VALIDATE = (
    _check("outputs", parts.outputs),
    *HEALTH,
    _check("login", clients.login_wanted),
    _check("runs", clients.tracking_writes),
    _check("objects", clients.store_writes),
    _check("API key", gateway.key_wanted),
    _check("predictions", gateway.prediction),
    _check("function", golden.function),
    _check("endpoint", golden.endpoint),
    _check("traffic", colours.colours),
    _check("aliases", models.aliases),
    _check("audit trail", models.audit),
    _check("inference log", ages.inference_log),
    _check("templates", workloads.templates),
    _check("quota", workloads.headroom),
    _check("targets", alerts.targets),
    _check("rules", alerts.rules),
    _check("alerts sent", alerts.alertmanager_told),
    _check("certificates", certificates.certificates),
    _check("backup", ages.backup),
    _check("drift report", ages.drift_report),
)
# On two quiet cores it takes a third of this; on busy ones the clients' own work is the most of it.
VALIDATE_SECONDS = 30.0

# What a new MLflow must do as the old one did.
UPGRADE = (
    _check("tracking", parts.tracking),
    _check("database", parts.database),
    _check("store", parts.store),
    _check("login", clients.login_wanted),
    _check("runs", clients.tracking_writes),
    _check("aliases", models.aliases),
    _check("predictions", gateway.prediction),
)

PREFLIGHT = (
    _check("version", before.version),
    _check("gate", before.gate),
    _check("place", before.place),
    _check("nothing running", before.nothing_running),
    _check("way back", before.way_back),
    _check("room", before.room),
    _check("libraries", before.libraries),
    _check("workloads", workloads.replicas),
    _check("backup", ages.backup),
    _check("alerts", alerts.quiet),
    _check("targets", alerts.targets),
    _check("rules", alerts.rules),
    _check("audit trail", models.audit),
)

POSTFLIGHT = (
    _check("served", after.served),
    _check("traffic", after.traffic),
    _check("alias", after.alias),
    _check("recorded", after.recorded),
    _check("figures", after.figures),
    _check("predictions", golden.answers),
    _check("alerts", alerts.quiet),
    _check("targets", alerts.targets),
    _check("rules", alerts.rules),
)
# The gateway, and the log that the servers behind it write.
POSTFLIGHT_ON_KUBERNETES = (
    *POSTFLIGHT,
    _check("inference log", ages.inference_log),
    _check("serving", parts.serving),
)
FLIGHT_SECONDS = 60.0
