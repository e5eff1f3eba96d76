"""AWS resources as they should be, made with the real SDK: at least one of each type that a rule is about."""

import json

import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from infra.foundation.cloud import Cloud, tags
from infra.foundation.durability import Durability
from infra.foundation.policy_document import Statement, document, trust

ACCOUNT = "123456789012"
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/mlops/predict@sha256:{'0123456789abcdef' * 4}"
_CLOUD = Cloud(ACCOUNT, "eu-central-1", "mlops-prod", Durability.KEPT, tags("prod", "ml", "42"))
_TAGS = _CLOUD.tagged("example")
_KEPT = ResourceOptions(protect=True)
_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}
_OURS = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def example() -> None:
    key = _key()
    role = _role()
    network(key)
    _cluster(key, role)
    _database(key)
    bucket(key)
    _copy(key)
    _images(key)
    _messages(key)
    _compute(key, role)


def _deny(action: str, *arns: Input[str]) -> Statement:
    return Statement("Tls", [action], arns, {"AWS": "*"}, _PLAIN_HTTP, "Deny")


def _key() -> Output[str]:
    root = Statement("Root", ["kms:*"], ["*"], {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    key = aws.kms.Key(
        "key", policy=document([root]), enable_key_rotation=True, deletion_window_in_days=30, tags=_TAGS, opts=_KEPT
    )
    return key.arn


def _role() -> Output[str]:
    role = aws.iam.Role("role", assume_role_policy=trust("lambda.amazonaws.com"), tags=_TAGS)
    metrics = Statement(
        "Metrics",
        ["cloudwatch:PutMetricData"],
        ["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": "mlops"}},
    )
    read = Statement("Read", ["s3:GetObject"], ["arn:aws:s3:::mlops-artifacts/*"])
    aws.iam.RolePolicy("grants", role=role.name, policy=document([metrics, read]))
    arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    aws.iam.RolePolicyAttachment("attachment", role=role.name, policy_arn=arn)
    return role.arn


def network(key: Input[str]) -> None:
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", tags=_TAGS)
    aws.ec2.DefaultSecurityGroup("default", vpc_id=vpc.id, ingress=[], egress=[], tags=_TAGS)
    logs = aws.cloudwatch.LogGroup("logs", kms_key_id=key, retention_in_days=90, tags=_TAGS)
    aws.ec2.FlowLog("flows", vpc_id=vpc.id, traffic_type="ALL", log_destination=logs.arn, tags=_TAGS)
    aws.ec2.Subnet("subnet", vpc_id=vpc.id, map_public_ip_on_launch=False, tags=_TAGS)
    group = aws.ec2.SecurityGroup("nodes", vpc_id=vpc.id, description="nodes", tags=_TAGS)
    aws.vpc.SecurityGroupIngressRule(
        "in", security_group_id=group.id, ip_protocol="tcp", from_port=443, to_port=443, cidr_ipv4="10.0.0.0/16",
        description="from the VPC", tags=_TAGS,
    )  # fmt: skip


def _cluster(key: Input[str], role: Input[str]) -> None:
    cluster = aws.eks.Cluster(
        "cluster",
        role_arn=role,
        vpc_config=aws.eks.ClusterVpcConfigArgs(
            subnet_ids=["subnet-1"], endpoint_private_access=True, endpoint_public_access=False
        ),
        access_config=aws.eks.ClusterAccessConfigArgs(
            authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
        ),
        encryption_config=aws.eks.ClusterEncryptionConfigArgs(
            provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=key), resources=["secrets"]
        ),
        enabled_cluster_log_types=["api", "audit", "authenticator", "controllerManager", "scheduler"],
        deletion_protection=True,
        tags=_TAGS,
        opts=_KEPT,
    )
    values = json.dumps({"enableNetworkPolicy": "true"})
    aws.eks.Addon("cni", cluster_name=cluster.name, addon_name="vpc-cni", configuration_values=values, tags=_TAGS)
    template = aws.ec2.LaunchTemplate(
        "nodes",
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_tokens="required", http_put_response_hop_limit=1
        ),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name="/dev/xvda",
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(encrypted="true", kms_key_id=key),
            )
        ],
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=_TAGS)
            for kind in ("instance", "volume")
        ],
        tags=_TAGS,
    )
    aws.eks.NodeGroup(
        "nodes",
        cluster_name=cluster.name,
        node_role_arn=role,
        subnet_ids=["subnet-1"],
        scaling_config=aws.eks.NodeGroupScalingConfigArgs(desired_size=1, min_size=1, max_size=2),
        launch_template=aws.eks.NodeGroupLaunchTemplateArgs(id=template.id, version="1"),
        tags=_TAGS,
    )


def _database(key: Input[str]) -> None:
    parameters = aws.rds.ParameterGroup(
        "parameters",
        family="postgres17",
        parameters=[aws.rds.ParameterGroupParameterArgs(name="rds.force_ssl", value="1")],
        tags=_TAGS,
    )
    aws.rds.Instance(
        "database",
        instance_class="db.m7g.large",
        parameter_group_name=parameters.name,
        publicly_accessible=False,
        storage_encrypted=True,
        kms_key_id=key,
        performance_insights_enabled=True,
        performance_insights_kms_key_id=key,
        manage_master_user_password=True,
        master_user_secret_kms_key_id=key,
        multi_az=True,
        backup_retention_period=30,
        copy_tags_to_snapshot=True,
        delete_automated_backups=False,
        deletion_protection=True,
        skip_final_snapshot=False,
        final_snapshot_identifier="last",
        enabled_cloudwatch_logs_exports=["postgresql"],
        tags=_TAGS,
        opts=_KEPT,
    )


def bucket(key: Input[str], *, protect: bool = True) -> None:
    """A bucket with everything that belongs beside it."""
    options = ResourceOptions(protect=protect)
    bucket = aws.s3.Bucket("backups", force_destroy=False, object_lock_enabled=True, tags=_TAGS, opts=options)
    aws.s3.BucketPublicAccessBlock(
        "access",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    aws.s3.BucketOwnershipControls(
        "owner",
        bucket=bucket.id,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
    )
    versions = aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled")
    aws.s3.BucketVersioning("versions", bucket=bucket.id, versioning_configuration=versions)
    default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="aws:kms", kms_master_key_id=key
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        "encryption",
        bucket=bucket.id,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=default, bucket_key_enabled=True
            )
        ],
    )
    deny = _deny("s3:*", bucket.arn, Output.concat(bucket.arn, "/*"))
    aws.s3.BucketPolicy("policy", bucket=bucket.id, policy=document([deny]))
    retention = aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(mode="COMPLIANCE", days=30)
    lock = aws.s3.BucketObjectLockConfigurationRuleArgs(default_retention=retention)
    aws.s3.BucketObjectLockConfiguration("lock", bucket=bucket.id, rule=lock)


def _copy(key: Input[str]) -> None:
    rule = aws.s3.BucketReplicationConfigRuleArgs(
        status="Enabled",
        destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
            bucket="arn:aws:s3:::copy",
            encryption_configuration=aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                replica_kms_key_id=key
            ),
        ),
        source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(
                status="Enabled"
            )
        ),
    )
    aws.s3.BucketReplicationConfig("copy", bucket="mlops-backups", role="arn:aws:iam::1:role/copy", rules=[rule])


def _images(key: Input[str]) -> None:
    aws.ecr.Repository(
        "images",
        encryption_configurations=[aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=key)],
        image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
        image_tag_mutability="IMMUTABLE",
        force_delete=False,
        tags=_TAGS,
        opts=_KEPT,
    )


def _messages(key: Input[str]) -> None:
    topic = aws.sns.Topic("alarms", kms_master_key_id=key, tags=_TAGS)
    publish = Statement("Alarms", ["sns:Publish"], [topic.arn], {"Service": "cloudwatch.amazonaws.com"}, _OURS)
    aws.sns.TopicPolicy("alarms", arn=topic.arn, policy=document([publish, _deny("sns:Publish", topic.arn)]))
    queue = aws.sqs.Queue("failed", kms_master_key_id=key, tags=_TAGS)
    aws.sqs.QueuePolicy("failed", queue_url=queue.id, policy=document([_deny("sqs:*", queue.arn)]))
    aws.secretsmanager.Secret("password", kms_key_id=key, recovery_window_in_days=30, tags=_TAGS)
    aws.amp.Workspace("metrics", kms_key_arn=key, tags=_TAGS, opts=_KEPT)


def _compute(key: Input[str], role: Input[str]) -> None:
    aws.lambda_.Function(
        "predict",
        role=role,
        package_type="Image",
        image_uri=IMAGE,
        kms_key_arn=key,
        environment=aws.lambda_.FunctionEnvironmentArgs(variables={"MODEL": "churn"}),
        tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
        reserved_concurrent_executions=20,
        dead_letter_config=aws.lambda_.FunctionDeadLetterConfigArgs(target_arn="arn:aws:sqs:eu-central-1:1:failed"),
        tags=_TAGS,
    )
    aws.lambda_.Permission(
        "call",
        action="lambda:InvokeFunction",
        function="predict",
        principal="apigateway.amazonaws.com",
        source_arn="arn:aws:execute-api:eu-central-1:1:a/*",
    )
    aws.apigatewayv2.Route("predict", api_id="a", route_key="POST /predict", authorization_type="AWS_IAM")
    access = aws.apigatewayv2.StageAccessLogSettingsArgs(destination_arn="arn:aws:logs:::calls", format="{}")
    aws.apigatewayv2.Stage("live", api_id="a", access_log_settings=access, tags=_TAGS)
    aws.sagemaker.Model(
        "model",
        execution_role_arn=role,
        primary_container=aws.sagemaker.ModelPrimaryContainerArgs(image=IMAGE, environment={"MODEL": "churn"}),
        vpc_config=aws.sagemaker.ModelVpcConfigArgs(subnets=["subnet-1"], security_group_ids=["sg-1"]),
        tags=_TAGS,
    )
    capture = aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs(
        capture_options=[], destination_s3_uri="s3://logs", initial_sampling_percentage=10, enable_capture=True,
        kms_key_id=key,
    )  # fmt: skip
    variant = aws.sagemaker.EndpointConfigurationProductionVariantArgs(model_name="model", variant_name="live")
    aws.sagemaker.EndpointConfiguration(
        "endpoint", production_variants=[variant], kms_key_arn=key, data_capture_config=capture, tags=_TAGS
    )
