"""What the pods of each namespace ask for when as many of them run at once as ever may. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.foundation.addresses import MONITORING, PLATFORM, SERVING, TRAINING
from infra.foundation.apps import COLOURS
from infra.foundation.quantities import in_bytes, millicores
from infra.foundation.resources import DATABASE_ROLES, SCRATCH_DATABASE, STORE_BUCKETS, TRACKING_JOB, Resources
from infra.settings.models import CommittedAwsSettings, CommittedSettings
from infra.settings.observability import BundledSettings

# A training job and the one that is meant to replace it.
TRAINING_JOBS = 2
# Of one study; more of them take what is left of the quota.
TUNING_WORKERS = 2


@dataclass(frozen=True)
class Pods:
    """`count` pods of one size at once; `storage` is the volume of each. What is `beside` is in a pod that counts."""

    resources: Resources
    count: int = 1
    storage: str = "0Gi"
    beside: bool = False


@dataclass(frozen=True)
class Need:
    """The sum, in the units a quota is compared in: millicores and bytes."""

    cpu: int
    memory: int
    cpu_limit: int
    memory_limit: int
    pods: int
    storage: int


def most_pods(settings: CommittedSettings) -> dict[str, tuple[Pods, ...]]:
    """Every pod of the stack by namespace; Jobs that prepare a server count as if they ran at the same time."""
    schedules = settings.schedules
    return {
        PLATFORM: (
            *_servers(settings),
            Pods(settings.tracking.resources, settings.tracking.autoscaling.most),
            Pods(DATABASE_ROLES),
            Pods(TRACKING_JOB, 2),
            Pods(schedules.backup.resources),
            Pods(schedules.backup_rotation.resources),
            Pods(schedules.runs_prune.resources),
            Pods(schedules.database_care.resources),
            Pods(schedules.database_figures.resources),
            *((Pods(schedules.drill.resources), Pods(SCRATCH_DATABASE, beside=True)) if schedules.drill else ()),
        ),
        SERVING: (
            # A rollout has both colours at their full number.
            Pods(settings.serving.resources, len(COLOURS) * settings.serving.autoscaling.most),
            Pods(settings.gateway.resources, settings.gateway.autoscaling.most),
        ),
        TRAINING: (
            Pods(settings.training.resources, TRAINING_JOBS + TUNING_WORKERS),
            Pods(schedules.drift_check.resources),
            Pods(schedules.retraining.resources),
            Pods(schedules.monitoring.resources),
            Pods(schedules.daily_report.resources),
            Pods(schedules.data_archive.resources),
        ),
        MONITORING: (
            Pods(settings.observability.kube_state_metrics),
            Pods(settings.observability.pushgateway),
            *_monitoring(settings),
        ),
    }


def _servers(settings: CommittedSettings) -> tuple[Pods, ...]:
    """Database and store, where they are ours."""
    if isinstance(settings, CommittedAwsSettings):
        return ()
    return (
        Pods(settings.database.resources, storage=settings.database.storage),
        Pods(settings.database.wal_archive.resources),
        Pods(settings.database.recovery.resources),
        Pods(SCRATCH_DATABASE, beside=True),
        Pods(settings.storage.resources, storage=settings.storage.storage),
        Pods(STORE_BUCKETS),
    )


def _monitoring(settings: CommittedSettings) -> tuple[Pods, ...]:
    """Prometheus and Alertmanager, where they are ours."""
    if not isinstance(settings.observability, BundledSettings):
        return ()
    prometheus, alertmanager = settings.observability.prometheus, settings.observability.alertmanager
    return (
        Pods(prometheus.resources, storage=prometheus.storage),
        Pods(alertmanager.resources, storage=alertmanager.storage),
    )


def need(pods: tuple[Pods, ...]) -> Need:
    """What a quota must hold for these pods."""
    return Need(
        cpu=sum(each.count * millicores(each.resources.cpu) for each in pods),
        memory=sum(each.count * in_bytes(each.resources.memory) for each in pods),
        cpu_limit=sum(each.count * millicores(each.resources.cpu_limit) for each in pods),
        memory_limit=sum(each.count * in_bytes(each.resources.memory_limit) for each in pods),
        pods=sum(each.count for each in pods if not each.beside),
        storage=sum(each.count * in_bytes(each.storage) for each in pods),
    )


def shortages(settings: CommittedSettings) -> Iterator[tuple[str, str, str]]:
    """Each quota that is too small: the setting, what it is, and the least it must be."""
    quotas = {
        PLATFORM: ("platform", settings.namespaces.platform),
        SERVING: ("serving", settings.namespaces.serving),
        TRAINING: ("training", settings.namespaces.training),
        MONITORING: ("monitoring", settings.namespaces.monitoring),
    }
    for namespace, pods in most_pods(settings).items():
        (name, quota), least = quotas[namespace], need(pods)
        for key, given, enough, wanted in (
            ("cpu", quota.cpu, millicores(quota.cpu) >= least.cpu, f"{least.cpu}m"),
            ("memory", quota.memory, in_bytes(quota.memory) >= least.memory, _mebibytes(least.memory)),
            ("cpuLimit", quota.cpu_limit, millicores(quota.cpu_limit) >= least.cpu_limit, f"{least.cpu_limit}m"),
            (
                "memoryLimit",
                quota.memory_limit,
                in_bytes(quota.memory_limit) >= least.memory_limit,
                _mebibytes(least.memory_limit),
            ),
            ("pods", str(quota.pods), quota.pods >= least.pods, str(least.pods)),
            ("storage", quota.storage, in_bytes(quota.storage) >= least.storage, _mebibytes(least.storage)),
        ):
            if not enough:
                yield f"namespaces.{name}.{key}", given, wanted


def _mebibytes(amount: int) -> str:
    return f"{-(-amount // 2**20)}Mi"
