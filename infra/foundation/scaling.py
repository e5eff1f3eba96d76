"""How many replicas a server has."""

from typing import Protocol

from pulumi_kubernetes.autoscaling import v2 as autoscaling

from infra.foundation.apps import App


class Autoscaling(Protocol):
    """Bounds, and what one replica should use on average; settings have this shape."""

    @property
    def min_replicas(self) -> int: ...
    @property
    def max_replicas(self) -> int: ...
    @property
    def target_cpu(self) -> str: ...


def by_cpu(app: App, wanted: Autoscaling) -> autoscaling.HorizontalPodAutoscalerSpecArgs:
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
