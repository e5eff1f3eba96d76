"""Rules and targets as objects that a Prometheus Operator reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta import v1 as meta

from infra.foundation.apps import PART_OF
from infra.foundation.component import Component
from infra.observability.alert import Alert
from infra.observability.rule_file import rule_groups
from infra.observability.rules import RECORDINGS
from infra.observability.scrape import PLATFORM_TARGETS

API = "monitoring.coreos.com/v1"


@dataclass(frozen=True)
class OperatorObjectsArgs:
    """`labels` are those by which the operator's Prometheus selects what it reads."""

    namespace: pulumi.Input[str]
    namespaces: Mapping[str, pulumi.Input[str]]
    labels: Mapping[str, str]
    alerts: Sequence[Alert]


class OperatorObjects(Component, domain="observability"):
    """Owns a PrometheusRule and a PodMonitor for each target. Does not own operator, Prometheus or Alertmanager."""

    def __init__(self, name: str, args: OperatorObjectsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)

        def named(object_name: str) -> meta.ObjectMetaArgs:
            return meta.ObjectMetaArgs(name=object_name, namespace=args.namespace, labels={**PART_OF, **args.labels})

        CustomResource(
            f"{name}-rules",
            api_version=API,
            kind="PrometheusRule",
            metadata=named("mlops"),
            spec={"groups": rule_groups(args.alerts, RECORDINGS)},
            opts=self.child(),
        )
        for target in PLATFORM_TARGETS:
            endpoint = target.endpoint
            CustomResource(
                f"{name}-{endpoint.service}",
                api_version=API,
                kind="PodMonitor",
                metadata=named(endpoint.service),
                spec={
                    # The job is named like the Service, as in our own Prometheus: rules ask for it.
                    "jobLabel": "app.kubernetes.io/name",
                    "namespaceSelector": {"matchNames": [args.namespaces[endpoint.namespace]]},
                    "selector": {"matchLabels": {"app.kubernetes.io/name": endpoint.service}},
                    "podMetricsEndpoints": [
                        {
                            "portNumber": endpoint.port,
                            "path": target.path,
                            "honorLabels": target.honor_labels,
                            **({} if target.by_pod else {"relabelings": [{"action": "labeldrop", "regex": "pod"}]}),
                        }
                    ],
                },
                opts=self.child(),
            )
        self.register_outputs({})
