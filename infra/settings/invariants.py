"""What must hold between settings, beyond what each model says of itself. Pure: settings in, problems out."""

from collections import Counter
from collections.abc import Iterator

from infra.foundation.quantities import in_bytes, millicores
from infra.settings.aws_invariants import aws_problems
from infra.settings.base import AutoscalingSettings, ResourceSettings, SettingsModel
from infra.settings.models import CommittedAwsSettings, CommittedMachineSettings, CommittedSettings
from infra.settings.problem import Problem
from infra.settings.quotas import shortages
from infra.settings.receiver_invariants import receiver_problems


def problems(settings: CommittedSettings) -> list[Problem]:
    """Every broken invariant."""
    if isinstance(settings, CommittedAwsSettings):
        own = aws_problems(settings)
    else:
        own = [*_own("nodePorts", settings.node_ports, "a port"), *_monitoring(settings)]
    return [
        *own,
        *_own("storage.buckets", settings.storage.buckets, "a name"),
        *_watched(settings),
        *receiver_problems(settings),
        *_quotas(settings),
        *_connections(settings),
        *(problem for key, model in _models(settings) for problem in _of_model(key, model)),
    ]


def _models(model: SettingsModel, path: str = "") -> Iterator[tuple[str, SettingsModel]]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, SettingsModel):
            key = f"{path}{field.alias or name}"
            yield key, value
            yield from _models(value, f"{key}.")


def _of_model(key: str, model: SettingsModel) -> Iterator[Problem]:
    if isinstance(model, AutoscalingSettings) and model.min_replicas > model.max_replicas:
        yield Problem(
            f"{key}.minReplicas", str(model.min_replicas), f"at most {key}.maxReplicas, which is {model.max_replicas}"
        )
    if isinstance(model, ResourceSettings):
        if millicores(model.cpu) > millicores(model.cpu_limit):
            yield Problem(f"{key}.cpu", model.cpu, f"at most {key}.cpuLimit, which is {model.cpu_limit}")
        if in_bytes(model.memory) > in_bytes(model.memory_limit):
            yield Problem(f"{key}.memory", model.memory, f"at most {key}.memoryLimit, which is {model.memory_limit}")


def _monitoring(settings: CommittedMachineSettings) -> Iterator[Problem]:
    if settings.observability.kind == "managed":
        yield Problem("observability.kind", "managed", "bundled or operator: only AWS has a managed Prometheus")


def _watched(settings: CommittedSettings) -> Iterator[Problem]:
    """Drift, performance and retraining are of the model that is served."""
    model, alias = settings.monitoring.watched()
    for key, given, told in (("modelName", settings.serving.model_name, model),
                             ("modelAlias", settings.serving.model_alias, alias)):  # fmt: skip
        if given != told:
            yield Problem(f"serving.{key}", given, f"{told}, which {settings.monitoring.config} is about")


def _quotas(settings: CommittedSettings) -> Iterator[Problem]:
    for key, given, least in shortages(settings):
        yield Problem(
            key,
            given,
            f"{least} or more: what everything in this namespace asks for with every replica that autoscaling may add,"
            " one more for each rolling update, and every job",
        )


def _connections(settings: CommittedSettings) -> Iterator[Problem]:
    """A tenth is for backups, the log's archive, studies, care and people."""
    tracking, given = settings.tracking, settings.database.max_connections
    servers = tracking.autoscaling.most
    least = -(-servers * tracking.connections * 10 // 9)
    if given < least:
        yield Problem(
            "database.maxConnections",
            str(given),
            f"{least} or more: {servers} MLflow servers, one of them for a rolling update, open {tracking.connections} "
            f"each with tracking.databasePoolSize {tracking.database_pool_size}, and a tenth is for everything else",
        )


def _own(key: str, values: SettingsModel, what: str) -> Iterator[Problem]:
    """Problems of values that each purpose must have for itself."""
    given = values.model_dump(by_alias=True)
    for value, count in Counter(given.values()).items():
        if count > 1:
            users = [f"{key}.{user}" for user in sorted(user for user, its in given.items() if its == value)]
            yield Problem(users[0], repr(value), f"{what} of its own; also used by {', '.join(users[1:])}")
