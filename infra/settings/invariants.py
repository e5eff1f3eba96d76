"""What must hold between settings, beyond what each model says of itself. Pure: settings in, problems out."""

from collections import Counter
from collections.abc import Iterator

from infra.foundation.quantities import in_bytes, millicores
from infra.settings.base import AutoscalingSettings, ResourceSettings, SettingsModel
from infra.settings.models import CommittedSettings
from infra.settings.quotas import shortages
from infra.settings.refusal import Problem


def problems(settings: CommittedSettings) -> list[Problem]:
    """Every broken invariant."""
    return [
        *_node_ports(settings),
        *_bucket_names(settings),
        *_quotas(settings),
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


def _node_ports(settings: CommittedSettings) -> Iterator[Problem]:
    ports = {f"{key}.nodePort": model.node_port for key, model in _models(settings) if hasattr(model, "node_port")}
    for port, count in Counter(ports.values()).items():
        if count > 1:
            users = sorted(key for key, value in ports.items() if value == port)
            yield Problem(users[0], str(port), f"a port of its own; also used by {', '.join(users[1:])}")


def _quotas(settings: CommittedSettings) -> Iterator[Problem]:
    for key, given, least in shortages(settings):
        yield Problem(
            key,
            given,
            f"{least} or more: what everything in this namespace asks for with every replica that autoscaling may add,"
            " one more for each rolling update, and every job",
        )


def _bucket_names(settings: CommittedSettings) -> Iterator[Problem]:
    names = settings.storage.buckets.model_dump(by_alias=True)
    for name, count in Counter(names.values()).items():
        if count > 1:
            users = sorted(purpose for purpose, value in names.items() if value == name)
            others = ", ".join(f"storage.buckets.{user}" for user in users[1:])
            yield Problem(f"storage.buckets.{users[0]}", repr(name), f"a name of its own; also used by {others}")
