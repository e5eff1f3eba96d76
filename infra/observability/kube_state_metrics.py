"""Metrics about the objects of our namespaces."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.foundation import probes, workload
from infra.foundation.addresses import KUBE_STATE_METRICS, MONITORING
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.observability.reader import Kinds, Reader, ReaderArgs
from infra.observability.single import single
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
        single(self, name, APP, args.namespace, KUBE_STATE_METRICS, container, reader.account, [reader])
        self.register_outputs({})
