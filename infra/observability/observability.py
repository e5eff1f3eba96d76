"""All of monitoring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation.component import Component
from infra.foundation.durability import Durability
from infra.foundation.exposure import Exposure
from infra.observability.alert import Alert
from infra.observability.alertmanager import Alertmanager, AlertmanagerArgs
from infra.observability.dashboards.provisioning import Dashboards, DashboardsArgs
from infra.observability.kube_state_metrics import KubeStateMetrics, KubeStateMetricsArgs
from infra.observability.operator import OperatorObjects, OperatorObjectsArgs
from infra.observability.prometheus import Prometheus, PrometheusArgs
from infra.observability.pushgateway import Pushgateway, PushgatewayArgs
from infra.observability.rules import DELIVERY_ALERTS
from infra.observability.scraped import Scraped, ScrapedArgs
from infra.settings.images import PlatformImages
from infra.settings.observability import BundledSettings, ManagedSettings, OperatorSettings
from infra.settings.secrets import CommonSecrets


@dataclass(frozen=True)
class ObservabilityArgs:
    """`watched`: logical name → namespace of the platform; `scrapers`: addresses of a managed Prometheus."""

    namespace: pulumi.Input[str]
    watched: Mapping[str, pulumi.Input[str]]
    images: PlatformImages
    settings: BundledSettings | OperatorSettings | ManagedSettings
    secrets: CommonSecrets
    durability: Durability
    prometheus: Exposure
    alertmanager: Exposure
    alerts: Sequence[Alert]
    scrapers: Sequence[str]


class Observability(Component, domain="observability"):
    """Owns Prometheus with its rules, Alertmanager, kube-state-metrics, the gateway for Jobs, and dashboards.

    Does not own what workloads measure, nor the Grafana that shows it.
    """

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        settings, images = args.settings, args.images
        KubeStateMetrics(
            "kube-state-metrics",
            KubeStateMetricsArgs(args.namespace, images.kube_state_metrics, settings.kube_state_metrics, args.watched),
            self.child(),
        )
        Pushgateway(
            "pushgateway", PushgatewayArgs(args.namespace, images.pushgateway, settings.pushgateway), self.child()
        )
        Dashboards("dashboards", DashboardsArgs(args.namespace), self.child())
        match settings:
            case BundledSettings():
                self._bundled(args, settings)
            case OperatorSettings():
                self._operator(args, settings)
            case ManagedSettings():
                blocks = [networking.IPBlockArgs(cidr=cidr) for cidr in args.scrapers]
                peers = [networking.NetworkPolicyPeerArgs(ip_block=block) for block in blocks]
                Scraped("scraped", ScrapedArgs(args.watched, peers), self.child())
        self.register_outputs({})

    def _bundled(self, args: ObservabilityArgs, settings: BundledSettings) -> None:
        Alertmanager(
            "alertmanager",
            AlertmanagerArgs(
                namespace=args.namespace,
                image=args.images.alertmanager,
                settings=settings.alertmanager,
                secrets=args.secrets,
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
                alerts=(*args.alerts, *DELIVERY_ALERTS),
                durability=args.durability,
                exposure=args.prometheus,
            ),
            self.child(),
        )

    def _operator(self, args: ObservabilityArgs, settings: OperatorSettings) -> None:
        OperatorObjects(
            "operator", OperatorObjectsArgs(args.namespace, args.watched, settings.labels, args.alerts), self.child()
        )
        theirs = meta.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": settings.namespace})
        peer = networking.NetworkPolicyPeerArgs(namespace_selector=theirs)
        Scraped("scraped", ScrapedArgs(args.watched, [peer]), self.child())
