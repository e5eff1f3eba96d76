"""How many replicas a server has, and how many of them may be away at once."""

from typing import Protocol

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.autoscaling import v2 as autoscaling
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.policy import v1 as policy

from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import metadata

# Old pods serve until new ones are ready.
SURGE = apps.DeploymentStrategyArgs(
    type="RollingUpdate", rolling_update=apps.RollingUpdateDeploymentArgs(max_unavailable=0, max_surge=1)
)


class Autoscaling(Protocol):
    """Bounds, and what one replica should use on average; settings have this shape."""

    @property
    def min_replicas(self) -> int: ...
    @property
    def max_replicas(self) -> int: ...
    @property
    def target_cpu(self) -> str: ...


def scaled(
    owner: Component,
    name: str,
    app: App,
    namespace: pulumi.Input[str],
    wanted: Autoscaling,
    deployment: apps.Deployment,
) -> None:
    """The Deployment's autoscaler, and its disruption budget: a drained node takes one replica at a time."""
    named = metadata(app, namespace, app.workload)
    autoscaling.HorizontalPodAutoscaler(
        f"{name}-scaling", metadata=named, spec=_by_cpu(app, wanted), opts=owner.child(deployment)
    )
    policy.PodDisruptionBudget(
        f"{name}-disruption",
        metadata=named,
        spec=policy.PodDisruptionBudgetSpecArgs(
            max_unavailable=1, selector=meta.LabelSelectorArgs(match_labels=app.selector)
        ),
        opts=owner.child(),
    )


def _by_cpu(app: App, wanted: Autoscaling) -> autoscaling.HorizontalPodAutoscalerSpecArgs:
    """An autoscaler of the workload's Deployment, whose `replicas` nobody else may set; it leaves one of 0 alone."""
    return autoscaling.HorizontalPodAutoscalerSpecArgs(
        scale_target_ref=autoscaling.CrossVersionObjectReferenceArgs(
            api_version="apps/v1", kind="Deployment", name=app.workload
        ),
        min_replicas=wanted.min_replicas,
        max_replicas=wanted.max_replicas,
        metrics=[
            autoscaling.MetricSpecArgs(
                type="Resource",
                resource=autoscaling.ResourceMetricSourceArgs(
                    name="cpu",
                    # Not a percentage: requests are small on purpose and say nothing about load.
                    target=autoscaling.MetricTargetArgs(type="AverageValue", average_value=wanted.target_cpu),
                ),
            )
        ],
    )
