"""Who evaluates the alert rules: our own Prometheus, the cluster's operator, or the cloud."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings.base import ResourceSettings, SettingsModel, VolumeSize
from infra.settings.receivers import HeartbeatSettings, Receiver, ReceiverName

Retention = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*[hdwy]$")]


class PrometheusSettings(SettingsModel):
    """Samples are dropped after `retention`, or earlier when the volume is nearly full.

    SLOs are measured over 30 days: with less they tell of what is kept, and `mlops slo` says of how much.
    """

    resources: ResourceSettings
    storage: VolumeSize
    retention: Retention = "35d"
    # 30 s keeps two samples in the shortest window an alert looks at, and the load of a small machine low.
    interval_seconds: Annotated[int, Field(ge=5, le=60)] = 30


class AlertmanagerSettings(SettingsModel):
    """Its volume keeps silences and what was notified already. Without receivers, alerts are read on its page only."""

    resources: ResourceSettings
    storage: VolumeSize
    receivers: dict[ReceiverName, Receiver] = Field(default_factory=dict)
    heartbeat: HeartbeatSettings | None = None


class _Watched(SettingsModel):
    kube_state_metrics: ResourceSettings
    pushgateway: ResourceSettings


class BundledSettings(_Watched):
    """Prometheus and Alertmanager of our own."""

    kind: Literal["bundled"]
    prometheus: PrometheusSettings
    alertmanager: AlertmanagerSettings


class OperatorSettings(_Watched):
    """The cluster has a Prometheus Operator: rules and targets are objects that it reads.

    Its Prometheus asks the kubelets itself, as the operator's own ServiceMonitor has it.
    """

    kind: Literal["operator"]
    namespace: Annotated[str, Field(min_length=1, description="where the operator's Prometheus runs")]
    labels: Annotated[
        dict[str, str], Field(description="labels by which the operator's Prometheus selects rules and targets")
    ]


class ManagedSettings(_Watched):
    """Amazon Managed Prometheus with a managed scraper; only on AWS."""

    kind: Literal["managed"]


ObservabilitySettings = Annotated[BundledSettings | OperatorSettings | ManagedSettings, Field(discriminator="kind")]
