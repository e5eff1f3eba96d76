"""How SageMaker goes from one configuration of the endpoint to the next, and back when an alarm goes off. Pure."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.settings.sagemaker import SagemakerSettings

# Old instances wait this long after the switch, so that going back needs no new ones.
KEEP_OLD_SECONDS = 120
# New instances need about ten minutes; a canary is watched twice: itself, and with all the traffic.
START_SECONDS = 1800
# SageMaker allows 600 to 14,400.
LONGEST_SECONDS = 14_400

_Routing = aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgs
_Canary = aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationCanarySizeArgs


def deployment(
    settings: SagemakerSettings, alarms: Sequence[pulumi.Input[str]]
) -> aws.sagemaker.EndpointDeploymentConfigArgs:
    """Blue and green, a canary first. One instance cannot be shared out: there it is all at once, and still watched."""
    canary = settings.min_instances > 1
    bake = settings.bake_seconds
    return aws.sagemaker.EndpointDeploymentConfigArgs(
        blue_green_update_policy=aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyArgs(
            traffic_routing_configuration=_Routing(
                type="CANARY" if canary else "ALL_AT_ONCE",
                wait_interval_in_seconds=bake,
                canary_size=_Canary(type="CAPACITY_PERCENT", value=settings.canary_percent) if canary else None,
            ),
            termination_wait_in_seconds=KEEP_OLD_SECONDS,
            maximum_execution_timeout_in_seconds=min(START_SECONDS + 2 * bake + KEEP_OLD_SECONDS, LONGEST_SECONDS),
        ),
        auto_rollback_configuration=aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationArgs(
            alarms=[
                aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationAlarmArgs(alarm_name=alarm)
                for alarm in alarms
            ]
        ),
    )
