"""Prometheus, Alertmanager and kube-state-metrics."""

from typing import Annotated

from pydantic import Field, StringConstraints

from infra.settings.base import NodePort, ResourceSettings, SettingsModel, VolumeSize

Retention = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*[hdwy]$")]


class PrometheusSettings(SettingsModel):
    """Samples are dropped after `retention`, or earlier when the volume is nearly full."""

    resources: ResourceSettings
    storage: VolumeSize
    retention: Retention = "15d"
    # 30 s keeps two samples in the shortest window an alert looks at, and the load of a small machine low.
    interval_seconds: Annotated[int, Field(ge=5, le=60)] = 30
    node_port: NodePort = 30909


class AlertmanagerSettings(SettingsModel):
    """Its volume keeps silences and what was notified already."""

    resources: ResourceSettings
    storage: VolumeSize
    node_port: NodePort = 30903


class ObservabilitySettings(SettingsModel):
    """One field for each server."""

    prometheus: PrometheusSettings
    alertmanager: AlertmanagerSettings
    kube_state_metrics: ResourceSettings
