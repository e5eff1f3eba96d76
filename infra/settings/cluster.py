"""Where the cluster is and how much of it each namespace may use."""

from typing import Annotated

from pydantic import Field

from infra.settings.base import Cpu, Quantity, SettingsModel


class ClusterSettings(SettingsModel):
    """A cluster that exists already: nothing is started by the stack."""

    kubeconfig: Annotated[str, Field(min_length=1, description="path of a kubeconfig file")]
    context: Annotated[str, Field(min_length=1)]
    node_address: Annotated[str, Field(min_length=1, description="address at which NodePorts are reached")]


class QuotaSettings(SettingsModel):
    """What all pods of a namespace together may ask for and use."""

    cpu: Cpu
    memory: Quantity
    cpu_limit: Cpu
    memory_limit: Quantity
    pods: Annotated[int, Field(ge=1)]
    storage: Quantity = "1Gi"


class NamespacesSettings(SettingsModel):
    """One quota for each namespace."""

    platform: QuotaSettings
    serving: QuotaSettings
    training: QuotaSettings
    monitoring: QuotaSettings
