"""The model server on SageMaker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import Statement, document, trust
from infra.functions.alarm import metric_alarm
from infra.functions.function import Grant
from infra.serving.endpoint_permissions import running
from infra.serving.endpoint_scaling import EndpointScaling, EndpointScalingArgs
from infra.serving.endpoint_update import deployment
from infra.serving.sagemaker_alarms import other_alarms, rollback_alarms
from infra.settings.sagemaker import SagemakerSettings

PART = "endpoint"
# Of the model server's places: `<alias>-sagemaker` goes before the alias.
PLACE = "sagemaker"
# Where captured requests and answers go, in the bucket of inference logs.
CAPTURE_PREFIX = "sagemaker"
# Autoscaling follows a variant by its name: the configurations of a rollout keep it.
VARIANT = "live"
# The rollout's field: it moves the endpoint from configuration to configuration.
ROLLOUT_FIELDS = ["endpointConfigName"]
# A model of ours is verified and ready in seconds; the registry may be starting too.
START_SECONDS = 300


@dataclass(frozen=True)
class SagemakerEndpointArgs:
    """`image` is the model server's, `env` what it is told; `key` encrypts disks and what is captured.

    `granted_by`: the owners of what it reads when it starts, password and artifacts, and of where captures go.
    """

    cloud: Cloud
    settings: SagemakerSettings
    image: str
    subnets: Sequence[pulumi.Input[str]]
    group: pulumi.Input[str]
    env: Mapping[str, pulumi.Input[str]]
    capture_bucket: pulumi.Input[str]
    key: pulumi.Input[str]
    log_key: pulumi.Input[str]
    alarm_topics: Mapping[str, pulumi.Input[str]]
    granted_by: Sequence[Grant] = ()


class SagemakerEndpoint(Component, domain="serving"):
    """Owns the endpoint with its log, role, alarms and autoscaling, and the configuration it begins with.

    Does not own which configuration is in use afterwards: `mlops deploy sagemaker` makes one for each version that it
    rolls out, as a copy of this with the version pinned. As it is made here the server follows the registry's alias of
    this place, or else the champion's. A new shape, such as another type of instance, is a new configuration that waits
    for a rollout: SageMaker refuses a change of type while autoscaling holds the variant. Where data is kept,
    configurations and models that Pulumi replaced stay, because the endpoint may still use them.
    """

    def __init__(self, name: str, args: SagemakerEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._name = name
        cloud, settings = args.cloud, args.settings
        # As text, not as the endpoint's own output: alarms come before it.
        physical = cloud.name(PART)
        log = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/sagemaker/Endpoints/{physical}",
            retention_in_days=settings.log_days,
            kms_key_id=args.log_key,
            tags=cloud.tagged(PART),
            opts=self.child(),
        )
        self.role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=trust(
                "sagemaker.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": cloud.account}}
            ),
            tags=cloud.tagged(PART),
            opts=self.child(),
        )
        self._granted: list[pulumi.Resource] = []
        self.grant("run", running(cloud, args.image, f"/aws/sagemaker/Endpoints/{physical}", args.key))
        for give in args.granted_by:
            give(self)
        configuration = self._configuration(name, args, self._model(name, args))
        taking_back = [
            metric_alarm(f"{name}-alarm-{key}", cloud, alarm, args.alarm_topics, self.child())
            for key, alarm in rollback_alarms(physical, VARIANT).items()
        ]
        for key, alarm in other_alarms(physical, VARIANT).items():
            metric_alarm(f"{name}-alarm-{key}", cloud, alarm, args.alarm_topics, self.child())
        endpoint = aws.sagemaker.Endpoint(
            f"{name}-endpoint",
            name=physical,
            endpoint_config_name=configuration.name,
            deployment_config=deployment(settings, [alarm.name for alarm in taking_back]),
            tags=cloud.tagged(PART),
            opts=self.child(log, *self._granted, ignore_changes=ROLLOUT_FIELDS),
        )
        EndpointScaling(
            f"{name}-scaling", EndpointScalingArgs(cloud, PART, settings, endpoint.name, VARIANT), self.child()
        )
        self.name = endpoint.name
        # The newest shape: what a rollout copies.
        self.configuration = configuration.name
        self.register_outputs({"name": self.name, "configuration": self.configuration})

    def grant(self, name: str, statements: Sequence[Statement]) -> None:
        """Lets the server do this; `name` says of whose resources it is, once per owner."""
        self._granted.append(
            aws.iam.RolePolicy(
                f"{self._name}-role-{name}", role=self.role.name, policy=document(statements), opts=self.child()
            )
        )

    def _model(self, name: str, args: SagemakerEndpointArgs) -> aws.sagemaker.Model:
        return aws.sagemaker.Model(
            f"{name}-model",
            execution_role_arn=self.role.arn,
            # The server fetches the champion itself, so it must reach registry and store: by way of our subnets alone.
            enable_network_isolation=False,
            vpc_config=aws.sagemaker.ModelVpcConfigArgs(subnets=list(args.subnets), security_group_ids=[args.group]),
            primary_container=aws.sagemaker.ModelPrimaryContainerArgs(
                image=args.image,
                environment={"AWS_DEFAULT_REGION": args.cloud.region, **args.env, "MLOPS_MODEL_PLACE": PLACE},
            ),
            tags=args.cloud.tagged(PART),
            opts=self._replaced_stay(args.cloud, *self._granted),
        )

    def _configuration(
        self, name: str, args: SagemakerEndpointArgs, model: aws.sagemaker.Model
    ) -> aws.sagemaker.EndpointConfiguration:
        settings = args.settings
        return aws.sagemaker.EndpointConfiguration(
            f"{name}-configuration",
            kms_key_arn=args.key,
            production_variants=[
                aws.sagemaker.EndpointConfigurationProductionVariantArgs(
                    variant_name=VARIANT,
                    model_name=model.name,
                    instance_type=settings.instance_type,
                    initial_instance_count=settings.min_instances,
                    initial_variant_weight=1,
                    container_startup_health_check_timeout_in_seconds=START_SECONDS,
                    routing_configs=[
                        aws.sagemaker.EndpointConfigurationProductionVariantRoutingConfigArgs(
                            routing_strategy="LEAST_OUTSTANDING_REQUESTS"
                        )
                    ],
                )
            ],
            data_capture_config=aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs(
                enable_capture=settings.capture_percent > 0,
                initial_sampling_percentage=settings.capture_percent,
                destination_s3_uri=pulumi.Output.format("s3://{0}/" + CAPTURE_PREFIX, args.capture_bucket),
                kms_key_id=args.key,
                capture_options=[
                    aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureOptionArgs(capture_mode=mode)
                    for mode in ("Input", "Output")
                ],
                capture_content_type_header=aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureContentTypeHeaderArgs(
                    csv_content_types=["text/csv"], json_content_types=["application/json"]
                ),
            ),
            tags=args.cloud.tagged(PART),
            opts=self._replaced_stay(args.cloud),
        )

    def _replaced_stay(self, cloud: Cloud, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return self.child(*depends_on, retain_on_delete=cloud.durability.protect)
