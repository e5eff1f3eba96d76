"""A server of which there is never more than one, and that keeps nothing."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.meta import v1 as meta

from infra.foundation import workload
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import metadata


def lone_deployment(
    owner: Component,
    name: str,
    app: App,
    namespace: pulumi.Input[str],
    container: workload.Container,
    service_account: pulumi.Input[str],
    after: Sequence[pulumi.Resource] = (),
) -> None:
    """The old one goes before the new one comes."""
    apps.Deployment(
        f"{name}-deployment",
        metadata=metadata(app, namespace, app.name),
        spec=apps.DeploymentSpecArgs(
            replicas=1,
            strategy=apps.DeploymentStrategyArgs(type="Recreate"),
            selector=meta.LabelSelectorArgs(match_labels=app.selector),
            template=workload.server(app, [container], service_account=service_account),
        ),
        opts=owner.child(*after),
    )
