"""How many replicas a server has."""

from pulumi_kubernetes.autoscaling import v2 as autoscaling

from infra.foundation.apps import App
from infra.settings.base import AutoscalingSettings


def by_cpu(app: App, settings: AutoscalingSettings) -> autoscaling.HorizontalPodAutoscalerSpecArgs:
    """An autoscaler of the Deployment of that name. The Deployment must not say `replicas`: two would own the field."""
    return autoscaling.HorizontalPodAutoscalerSpecArgs(
        scale_target_ref=autoscaling.CrossVersionObjectReferenceArgs(
            api_version="apps/v1", kind="Deployment", name=app.name
        ),
        min_replicas=settings.min_replicas,
        max_replicas=settings.max_replicas,
        metrics=[
            autoscaling.MetricSpecArgs(
                type="Resource",
                resource=autoscaling.ResourceMetricSourceArgs(
                    name="cpu",
                    # Not a percentage: requests are small on purpose and say nothing about load.
                    target=autoscaling.MetricTargetArgs(type="AverageValue", average_value=settings.target_cpu),
                ),
            )
        ],
    )
