"""Prometheus as a component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.foundation import volumes
from infra.foundation.addresses import (
    ALERTMANAGER,
    GATEWAY_INSPECTION,
    KUBE_STATE_METRICS,
    MODEL_SERVER,
    MONITORING,
    PROMETHEUS,
    PUSHGATEWAY,
    TRACKING_METRICS,
)
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.durability import Durability
from infra.foundation.exposure import Exposure
from infra.foundation.objects import config_map
from infra.foundation.quantities import in_bytes
from infra.foundation.stateful_server import VOLUME, StatefulServer, StatefulServerArgs
from infra.observability.alert import Alert
from infra.observability.reader import Kinds, Reader, ReaderArgs
from infra.observability.rule_file import rule_file
from infra.observability.rules import RECORDINGS
from infra.observability.scrape import CONFIG, PLATFORM_TARGETS, Target, prometheus_config
from infra.observability.server import server
from infra.settings.observability import PrometheusSettings

DATA = "/prometheus"
APP = App(
    PROMETHEUS.service,
    "observability",
    MONITORING,
    reaches=(
        TRACKING_METRICS,
        MODEL_SERVER,
        GATEWAY_INSPECTION,
        KUBE_STATE_METRICS,
        PUSHGATEWAY,
        ALERTMANAGER,
        PROMETHEUS,
    ),
    reaches_kubernetes=True,
    reaches_kubelets=True,
)
# Everything that is asked for metrics.
TARGETS = (*PLATFORM_TARGETS, Target(ALERTMANAGER), Target(PROMETHEUS))


@dataclass(frozen=True)
class PrometheusArgs:
    """`readable` are the namespaces whose pods may be discovered, `alerts` what is watched."""

    namespace: pulumi.Input[str]
    image: str
    settings: PrometheusSettings
    readable: Mapping[str, pulumi.Input[str]]
    alerts: Sequence[Alert]
    durability: Durability
    exposure: Exposure


class Prometheus(Component, domain="observability"):
    """Owns Prometheus, its targets and rules. Does not own the metrics: every workload says what it measures."""

    def __init__(self, name: str, args: PrometheusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        reads = ReaderArgs(APP, args.namespace, [Kinds("", ("pods",))], args.readable, nodes=True)
        reader = Reader(f"{name}-reader", reads, self.child())
        files = {
            "prometheus.yaml": prometheus_config(TARGETS, args.settings.interval_seconds),
            "rules.yaml": rule_file(args.alerts, RECORDINGS),
        }
        config = config_map(f"{name}-config", APP, args.namespace, files, self.child())
        StatefulServer(
            name,
            StatefulServerArgs(
                app=APP,
                namespace=args.namespace,
                endpoint=PROMETHEUS,
                exposure=args.exposure,
                container=server(
                    args.image,
                    command(args.settings),
                    args.settings.resources,
                    PROMETHEUS,
                    volumes.config("config", config, CONFIG),
                    volumes.claim(VOLUME, DATA),
                ),
                storage=args.settings.storage,
                durability=args.durability,
                account=reader.account,
            ),
            self.child(reader),
        )
        self.register_outputs({})


def command(settings: PrometheusSettings) -> list[str]:
    """The command line of Debian's Prometheus."""
    # A full volume stops Prometheus; the write-ahead log and compaction need the rest.
    megabytes = in_bytes(settings.storage) * 8 // 10 // 2**20
    return [
        "/usr/bin/prometheus",
        f"--config.file={CONFIG}/prometheus.yaml",
        f"--storage.tsdb.path={DATA}",
        f"--storage.tsdb.retention.time={settings.retention}",
        f"--storage.tsdb.retention.size={megabytes}MB",
        f"--web.listen-address=:{PROMETHEUS.port}",
    ]
