"""Dashboards as objects that a Grafana's sidecar reads."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from infra.foundation.apps import PART_OF
from infra.foundation.component import Component
from infra.observability.dashboards import SHEETS

# By this label the sidecar of Grafana's own Helm chart and of kube-prometheus-stack finds them.
LABEL = {"grafana_dashboard": "1"}


@dataclass(frozen=True)
class DashboardsArgs:
    """Where the objects are; a sidecar that looks in its own namespace only must be told."""

    namespace: pulumi.Input[str]


class Dashboards(Component, domain="observability"):
    """Owns a ConfigMap for each dashboard. Does not own a Grafana."""

    def __init__(self, name: str, args: DashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for sheet in SHEETS:
            # A fixed name: the old object goes before the new one comes. The other way round the sidecar would remove
            # the file that it has just written, because both have the same name for it.
            core.ConfigMap(
                f"{name}-{sheet.name}",
                metadata=meta.ObjectMetaArgs(
                    name=f"dashboard-{sheet.name}", namespace=args.namespace, labels={**PART_OF, **LABEL}
                ),
                data={f"mlops-{sheet.name}.json": sheet.json()},
                opts=self.child(),
            )
        self.register_outputs({})
