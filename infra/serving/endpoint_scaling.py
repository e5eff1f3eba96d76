"""How many instances the endpoint has."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.settings.sagemaker import SagemakerSettings

NAMESPACE, DIMENSION = "sagemaker", "sagemaker:variant:DesiredInstanceCount"
# More at once, because an instance takes minutes to come; fewer slowly, because it takes as long to come back.
OUT_SECONDS, IN_SECONDS = 60, 600


@dataclass(frozen=True)
class EndpointScalingArgs:
    """`endpoint` is the name that the endpoint itself gives, so that it is made first."""

    cloud: Cloud
    part: str
    settings: SagemakerSettings
    endpoint: pulumi.Input[str]
    variant: str


class EndpointScaling(Component, domain="serving"):
    """Owns target and policy of autoscaling, by invocations per instance. Does not own the endpoint."""

    def __init__(self, name: str, args: EndpointScalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        target = aws.appautoscaling.Target(
            f"{name}-target",
            service_namespace=NAMESPACE,
            scalable_dimension=DIMENSION,
            resource_id=pulumi.Output.format("endpoint/{0}/variant/{1}", args.endpoint, args.variant),
            min_capacity=args.settings.min_instances,
            max_capacity=args.settings.max_instances,
            tags=args.cloud.tagged(args.part),
            opts=self.child(),
        )
        aws.appautoscaling.Policy(
            f"{name}-policy",
            name=args.cloud.name(args.part),
            policy_type="TargetTrackingScaling",
            service_namespace=NAMESPACE,
            scalable_dimension=DIMENSION,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="SageMakerVariantInvocationsPerInstance"
                ),
                target_value=args.settings.target_invocations,
                scale_out_cooldown=OUT_SECONDS,
                scale_in_cooldown=IN_SECONDS,
            ),
            opts=self.child(),
        )
        self.register_outputs({})
