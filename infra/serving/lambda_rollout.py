"""What moves an alias of a function from one version to the next, and back when an alarm goes off."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import trust

_POLICY = "policy/service-role/AWSCodeDeployRoleForLambdaLimited"


@dataclass(frozen=True)
class LambdaRolloutArgs:
    """`steps` is the name of one of CodeDeploy's ways for Lambda; `alarms` take a rollout back."""

    cloud: Cloud
    part: str
    steps: str
    alarms: Sequence[pulumi.Input[str]]


class LambdaRollout(Component, domain="serving"):
    """Owns the CodeDeploy application and deployment group, both named as the function is.

    Does not own a deployment: the rollout makes one, naming function, alias and the two versions.
    """

    def __init__(self, name: str, args: LambdaRolloutArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cloud, physical, tags = args.cloud, args.cloud.name(args.part), args.cloud.tagged(args.part)
        application = aws.codedeploy.Application(
            f"{name}-application", name=physical, compute_platform="Lambda", tags=tags, opts=self.child()
        )
        role = aws.iam.Role(
            f"{name}-role", assume_role_policy=trust("codedeploy.amazonaws.com"), tags=tags, opts=self.child()
        )
        allowed = aws.iam.RolePolicyAttachment(
            f"{name}-role-policy",
            role=role.name,
            policy_arn=f"arn:{cloud.partition}:iam::aws:{_POLICY}",
            opts=self.child(),
        )
        aws.codedeploy.DeploymentGroup(
            f"{name}-group",
            app_name=application.name,
            deployment_group_name=physical,
            deployment_config_name=f"CodeDeployDefault.Lambda{args.steps}",
            service_role_arn=role.arn,
            deployment_style=aws.codedeploy.DeploymentGroupDeploymentStyleArgs(
                deployment_option="WITH_TRAFFIC_CONTROL", deployment_type="BLUE_GREEN"
            ),
            # Alarms that cannot be read stop a deployment too.
            alarm_configuration=aws.codedeploy.DeploymentGroupAlarmConfigurationArgs(
                alarms=list(args.alarms), enabled=True, ignore_poll_alarm_failure=False
            ),
            auto_rollback_configuration=aws.codedeploy.DeploymentGroupAutoRollbackConfigurationArgs(
                enabled=True, events=["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
            ),
            tags=tags,
            opts=self.child(allowed),
        )
        self.register_outputs({})
