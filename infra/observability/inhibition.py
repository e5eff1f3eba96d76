"""Which alert is told when several have one reason. Each alert is a cause, a consequence, both, or alone.

A cause goes on firing for `lingers` after it is over: most consequences look back over minutes, and would otherwise be
told as news of their own while the platform is well again.
"""

from dataclasses import dataclass

from infra.foundation.addresses import TRAINING


@dataclass(frozen=True)
class Cause:
    """While `alert` fires, its `consequences` are not told. Chains are written out: a silent cause silences, too.

    `where`: only a cause with this label, as Alertmanager matches it; `of`: only consequences with this one. `equal`:
    labels that both must have alike. An alert in several rows lingers alike in each.
    """

    alert: str
    consequences: tuple[str, ...]
    lingers: str = ""
    where: str = ""
    of: str = ""
    equal: tuple[str, ...] = ()


# Rates of errors look back five minutes, and are read every 30 s.
_AFTER_ERRORS = "6m"
# Readiness is asked for every 10 s, and that is read every 30 s.
_AFTER_READINESS = "2m"
# MLflow is ready one look later than its database or its store, and must not outlast what silences it.
_BEFORE_ITS_CAUSES = "1m"
# Pods that are not ready, for whatever reason: of another reason they tell when this one is over.
_PODS = ("PodDown", "PodCrashLooping")
# Work that failed because MLflow, its database or its artifacts were away.
_WORK = ("TrainingFailures", "RetrainingFailed", "ChampionRefused", "RolloutAbandoned")
_TRACKING = ("TrackingDatabaseErrors", *_WORK)
# What runs by the clock, and what is too old because it did not.
_BY_CLOCK = ("CronJobMissed", "BackupTooOld", "BackupNotVerified", "BackupNotDrilled", "BackupCopyTooOld")
_ERRORS = ("GatewayErrorsHigh", "ModelErrorsHigh")
_SLOW = ("ModelLatencyHigh", "ModelResponsesSlow")
# Told after the outage if the budget is still burning: that is about the month.
_BURNS = ("SloBurnsFast", "SloBurnsSlowly")
_OF_LATENCY, _OF_TRAINING, _OF_DRIFT = 'slo="latency"', 'slo="training"', 'slo="drift"'
# Jobs, rollouts and checks need MLflow; predictions do not.
_OF_TRACKING = 'slo!="latency"'

CAUSES: tuple[Cause, ...] = (
    Cause("GatewayDown", (*_ERRORS, *_PODS), _AFTER_ERRORS),
    Cause("ModelServingDown", (*_ERRORS, *_SLOW, *_PODS), _AFTER_ERRORS),
    # What the servers fail at, the gateway hands on.
    Cause("ModelErrorsHigh", ("GatewayErrorsHigh",), _AFTER_READINESS),
    Cause("ModelResponsesSlow", ("ModelLatencyHigh",), _AFTER_ERRORS),
    Cause("DatabaseDown", ("TrackingUnreachable", "WalArchiveLate", *_TRACKING, *_BY_CLOCK, *_PODS), _AFTER_READINESS),
    Cause(
        "StoreDown",
        (
            "TrackingUnreachable",
            "WalArchiveLate",
            "BackupDrillFailed",
            "InferenceLogDropped",
            *_TRACKING,
            *_BY_CLOCK,
            *_PODS,
        ),
        _AFTER_READINESS,
    ),
    Cause("TrackingUnreachable", (*_TRACKING, *_PODS), _BEFORE_ITS_CAUSES),
    # Backups need no MLflow.
    Cause("TrackingUnreachable", ("CronJobMissed",), _BEFORE_ITS_CAUSES, of=f'namespace="{TRAINING}"'),
    Cause("CronJobMissed", ("BackupTooOld", "BackupCopyTooOld"), _AFTER_READINESS, where='cronjob="backup"'),
    Cause("BackupTooOld", ("BackupCopyTooOld",), _AFTER_READINESS),
    Cause("CronJobMissed", ("BackupNotVerified",), _AFTER_READINESS, where='cronjob="backup-rotation"'),
    Cause("CronJobMissed", ("BackupNotDrilled",), _AFTER_READINESS, where='cronjob="drill"'),
    Cause("BackupDrillFailed", ("BackupNotDrilled",), _AFTER_READINESS),
    Cause("ModelPerformanceLow", ("AccuracyLow",), _AFTER_READINESS, equal=("model",)),
    Cause("DatabaseDown", _BURNS, _AFTER_READINESS, of=_OF_TRACKING),
    Cause("StoreDown", _BURNS, _AFTER_READINESS, of=_OF_TRACKING),
    Cause("TrackingUnreachable", _BURNS, _BEFORE_ITS_CAUSES, of=_OF_TRACKING),
    Cause("ModelServingDown", _BURNS, _AFTER_ERRORS, of=_OF_LATENCY),
    Cause("ModelResponsesSlow", _BURNS, _AFTER_ERRORS, of=_OF_LATENCY),
    Cause("ModelLatencyHigh", _BURNS, _AFTER_READINESS, of=_OF_LATENCY),
    # Over when Jobs end well again: what burns then is the month's.
    Cause("TrainingFailures", ("SloBurnsSlowly",), of=_OF_TRAINING),
    # A check that is two days old finds nothing.
    Cause("CronJobMissed", ("SloBurnsSlowly",), _AFTER_READINESS, where='cronjob="drift-check"', of=_OF_DRIFT),
    Cause("SloBurnsFast", ("SloBurnsSlowly",), _AFTER_READINESS, equal=("slo",)),
)
# No outage of another part makes them fire, and they make none fire.
ALONE = frozenset({
    "AlertsNotDelivered",
    "CertificateEndsSoon",
    "ClusterMetricsMissing",
    "DataDrifted",
    "DatabaseConnectionsHigh",
    "DatabaseTransactionIdsHigh",
    "GatewayRateLimited",
    "MemoryNearLimit",
    "NodeDiskNearlyFull",
    "SloBudgetSpent",
    "TuningTooLong",
    "VolumeNearlyFull",
    "WalBaseTooOld",
    "Watchdog",
})  # fmt: skip
CONSEQUENCES = tuple(sorted({name for cause in CAUSES for name in cause.consequences}))
LINGERS = {cause.alert: cause.lingers for cause in CAUSES if cause.lingers}


def inhibit_rules() -> list[dict[str, object]]:
    """The table as Alertmanager reads it."""
    return [_rule(cause) for cause in CAUSES]


def _rule(cause: Cause) -> dict[str, object]:
    return {
        "source_matchers": [f'alertname="{cause.alert}"', *([cause.where] if cause.where else [])],
        "target_matchers": [f'alertname=~"{"|".join(cause.consequences)}"', *([cause.of] if cause.of else [])],
        **({"equal": list(cause.equal)} if cause.equal else {}),
    }
