"""Metrics about the objects of our namespaces."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, probes, workload
from infra.foundation.addresses import KUBE_STATE_METRICS, MONITORING
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import metadata
from infra.observability.reader import Kinds, Reader, ReaderArgs
from infra.settings.base import ResourceSettings

APP = App(KUBE_STATE_METRICS.service, "observability", MONITORING, reaches_kubernetes=True)
# Only what an alert asks about; Secrets and ConfigMaps are not among it.
WATCHED = (Kinds("", ("pods",)), Kinds("apps", ("deployments", "statefulsets")), Kinds("batch", ("cronjobs", "jobs")))


@dataclass(frozen=True)
class KubeStateMetricsArgs:
    """`watched` are the namespaces whose objects are counted."""

    namespace: pulumi.Input[str]
    image: str
    resources: ResourceSettings
    watched: Mapping[str, pulumi.Input[str]]


class KubeStateMetrics(Component, domain="observability"):
    """Owns kube-state-metrics and its leave to read. It keeps nothing: a restart loses nothing."""

    def __init__(self, name: str, args: KubeStateMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        reader = Reader(f"{name}-reader", ReaderArgs(APP, args.namespace, WATCHED, args.watched), self.child())
        named = metadata(APP, args.namespace, APP.name)
        kinds = ",".join(plural for kinds in WATCHED for plural in kinds.plurals)
        container = workload.Container(
            name="server",
            image=args.image,
            resources=args.resources,
            command=["/usr/local/bin/kube-state-metrics"],
            args=[
                f"--port={KUBE_STATE_METRICS.port}",
                f"--resources={kinds}",
                pulumi.Output.all(*args.watched.values()).apply(lambda names: f"--namespaces={','.join(names)}"),
                "--metric-labels-allowlist=jobs=[job-type]",
            ],
            ports={"http": KUBE_STATE_METRICS.port},
            # Not /livez: that asks the API server, whose outage a restart of this pod would not end.
            probes=probes.http("http", live="/healthz", ready="/healthz"),
        )
        networking.NetworkPolicy(
            f"{name}-network",
            metadata=named,
            spec=network.policy(APP, serves=[KUBE_STATE_METRICS.port]),
            opts=self.child(),
        )
        core.Service(
            f"{name}-service",
            metadata=named,
            spec=core.ServiceSpecArgs(
                selector=APP.selector,
                ports=[core.ServicePortArgs(name="http", port=KUBE_STATE_METRICS.port, target_port="http")],
            ),
            opts=self.child(),
        )
        apps.Deployment(
            f"{name}-deployment",
            metadata=named,
            spec=apps.DeploymentSpecArgs(
                # Two at once would count every object twice.
                replicas=1,
                strategy=apps.DeploymentStrategyArgs(type="Recreate"),
                selector=meta.LabelSelectorArgs(match_labels=APP.selector),
                template=workload.server(APP, [container], service_account=reader.account),
            ),
            opts=self.child(reader),
        )
        self.register_outputs({})
