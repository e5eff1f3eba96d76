"""All of monitoring."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.foundation.component import Component
from infra.foundation.durability import Durability
from infra.foundation.exposure import Exposure
from infra.observability.alertmanager import Alertmanager, AlertmanagerArgs
from infra.observability.kube_state_metrics import KubeStateMetrics, KubeStateMetricsArgs
from infra.observability.prometheus import Prometheus, PrometheusArgs
from infra.settings.images import PlatformImages
from infra.settings.observability import BundledSettings, ManagedSettings, OperatorSettings


@dataclass(frozen=True)
class ObservabilityArgs:
    """`watched`: logical name → namespace of the platform."""

    namespace: pulumi.Input[str]
    watched: Mapping[str, pulumi.Input[str]]
    images: PlatformImages
    settings: BundledSettings | OperatorSettings | ManagedSettings
    durability: Durability
    prometheus: Exposure
    alertmanager: Exposure


class Observability(Component, domain="observability"):
    """Owns Prometheus with its rules, Alertmanager and kube-state-metrics. Does not own what workloads measure."""

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        settings, images = args.settings, args.images
        KubeStateMetrics(
            "kube-state-metrics",
            KubeStateMetricsArgs(args.namespace, images.kube_state_metrics, settings.kube_state_metrics, args.watched),
            self.child(),
        )
        if isinstance(settings, BundledSettings):
            self._bundled(args, settings)
        self.register_outputs({})

    def _bundled(self, args: ObservabilityArgs, settings: BundledSettings) -> None:
        Alertmanager(
            "alertmanager",
            AlertmanagerArgs(
                namespace=args.namespace,
                image=args.images.alertmanager,
                settings=settings.alertmanager,
                durability=args.durability,
                exposure=args.alertmanager,
            ),
            self.child(),
        )
        Prometheus(
            "prometheus",
            PrometheusArgs(
                namespace=args.namespace,
                image=args.images.prometheus,
                settings=settings.prometheus,
                readable=args.watched,
                durability=args.durability,
                exposure=args.prometheus,
            ),
            self.child(),
        )
