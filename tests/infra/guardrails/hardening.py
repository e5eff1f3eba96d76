"""Every line of our components that hardens something, and what would stand there without it.

What a component rightly does not say is a line too: the change then says it.
"""

from typing import Any

from infra.foundation.wildcards import WITHOUT_RESOURCE
from infra.guardrails.rules import aws
from infra.guardrails.rules.tagging import REQUIRED, TAGGABLE
from tests.infra.guardrails.mutation import CONTAINER, GONE, POD, SAME, Line, to

_KEPT = ("prod",)
_STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_NAMESPACE = "kubernetes:core/v1:Namespace"
_CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
# Whole accounts of the store, by a name that does not say so; and public keys, which stand among the secrets.
_UNTOLD = ("MLOPS_STORE_ACCOUNT_", "MLOPS_BACKUP_RECIPIENTS")
_SERVICE = "kubernetes:core/v1:Service"


def _denies(statement: Any) -> Any:
    return GONE if statement["Effect"] == "Deny" else SAME


def _for_everybody(statement: Any) -> Any:
    if statement["Effect"] == "Deny" or statement.get("Principal") == {"AWS": "*"}:
        return SAME
    return {key: value for key, value in statement.items() if key != "Condition"} | {"Principal": {"AWS": "*"}}


def _unconditional(statement: Any) -> Any:
    allowed = statement["Effect"] == "Allow" and "Condition" in statement
    return {key: value for key, value in statement.items() if key != "Condition"} if allowed else SAME


def _on_everything(statement: Any) -> Any:
    harmless = set(statement["Action"]) <= set(WITHOUT_RESOURCE)
    return SAME if statement["Effect"] == "Deny" or harmless else statement | {"Resource": ["*"]}


def _everything_of_a_service(statement: Any) -> Any:
    if statement["Effect"] == "Deny":
        return SAME
    return statement | {"Action": [f"{statement['Action'][0].split(':')[0]}:*"], "Resource": ["arn"]}


def _from_a_range(props: Any) -> Any:
    """The same rule of a security group, but for addresses."""
    return {key: value for key, value in props.items() if key != "referencedSecurityGroupId"} | {
        "cidrIpv4": "10.0.0.0/16"
    }


def _in_plain_text(variable: Any) -> Any:
    secret = "secretKeyRef" in variable.get("valueFrom", {}) and not variable["name"].startswith(_UNTOLD)
    return {"name": variable["name"], "value": "x"} if secret else SAME


def _by_tag(image: str) -> Any:
    return image.split("@")[0] + ":1" if "@" in image else SAME


def _was(old: Any, new: Any) -> Any:
    """Only where it hardens: a disposable stack says the opposite on purpose."""
    return lambda found: new if found == old else SAME


_S3 = (
    *(Line(aws.BUCKET_ACCESS, path, to(False)) for path in (
        "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")),
    Line(aws.BUCKET_ENCRYPTION, "rules.*.applyServerSideEncryptionByDefault.sseAlgorithm", to("AES256")),
    Line(aws.BUCKET_ENCRYPTION, "rules.*.applyServerSideEncryptionByDefault.kmsMasterKeyId"),
    Line(aws.BUCKET_ENCRYPTION, "rules.*.bucketKeyEnabled"),
    Line(aws.BUCKET_POLICY, "policy.Statement.*", _denies),
    Line(aws.BUCKET_POLICY, "policy.Statement.0.Resource.*"),
    Line(aws.BUCKET_OWNERSHIP, "rule.objectOwnership", to("ObjectWriter")),
    Line(aws.BUCKET_VERSIONS, "versioningConfiguration.status", to("Suspended")),
    Line(aws.BUCKET_LOCK, "rule.defaultRetention.days", to(1)),
    Line(aws.BUCKET_LOCK, "rule.defaultRetention.mode"),
    Line(aws.BUCKET, "objectLockEnabled", _was(True, False), _KEPT),
    Line(aws.BUCKET, "forceDestroy", _was(False, True), _KEPT),
    Line(aws.BUCKET_COPY, "rules.*.destination.encryptionConfiguration"),
    Line(aws.BUCKET_COPY, "rules.*.sourceSelectionCriteria"),
)  # fmt: skip
_NETWORK = (
    Line(aws.SUBNET, "mapPublicIpOnLaunch", to(True)),
    Line(aws.FIREWALL_INGRESS, "", lambda props: _from_a_range(props) | {"cidrIpv4": "0.0.0.0/0"}),
    Line(aws.FIREWALL_INGRESS, "", lambda props: _from_a_range(props) | {"ipProtocol": "-1"}),
    Line(aws.FIREWALL_INGRESS, "description"),
    Line(aws.FIREWALL_EGRESS, "description"),
    Line(aws.FIREWALL, "description"),
    Line(aws.FLOW_LOG, "trafficType", to("REJECT")),
    Line(aws.FLOW_LOG, "vpcId"),
    Line(aws.DEFAULT_FIREWALL, "vpcId"),
    Line(aws.DOOR, "policy"),
    Line(aws.DOOR, "policy.Statement.*.Condition"),
    Line(aws.DOOR, "privateDnsEnabled", _was(True, False)),
    Line(aws.DOOR, "securityGroupIds"),
)
_EKS = (
    Line(aws.CLUSTER, "vpcConfig.endpointPrivateAccess", to(False)),
    Line(aws.CLUSTER, "vpcConfig.publicAccessCidrs", to(["0.0.0.0/0"])),
    Line(aws.CLUSTER, "vpcConfig.endpointPublicAccess", _was(False, True)),
    Line(aws.CLUSTER, "encryptionConfig"),
    Line(aws.CLUSTER, "encryptionConfig.provider.keyArn"),
    Line(aws.CLUSTER, "encryptionConfig.resources.*"),
    Line(aws.CLUSTER, "enabledClusterLogTypes.*"),
    Line(aws.CLUSTER, "accessConfig.authenticationMode", to("API_AND_CONFIG_MAP")),
    Line(aws.CLUSTER, "accessConfig.bootstrapClusterCreatorAdminPermissions"),
    Line(aws.CLUSTER, "deletionProtection", _was(True, False)),
    Line(aws.ADDON, "configurationValues.enableNetworkPolicy"),
    Line(aws.NODE_GROUP, "launchTemplate"),
    Line(aws.NODE_TEMPLATE, "metadataOptions"),
    Line(aws.NODE_TEMPLATE, "metadataOptions.httpTokens"),
    Line(aws.NODE_TEMPLATE, "metadataOptions.httpPutResponseHopLimit", to(2)),
    Line(aws.NODE_TEMPLATE, "blockDeviceMappings"),
    Line(aws.NODE_TEMPLATE, "blockDeviceMappings.*.ebs.encrypted"),
    Line(aws.NODE_TEMPLATE, "blockDeviceMappings.*.ebs.kmsKeyId"),
    Line(aws.NODE_TEMPLATE, "tagSpecifications.*"),
)
_RDS = (
    *(Line(aws.DATABASE, path) for path in (
        "publiclyAccessible", "dbSubnetGroupName", "vpcSecurityGroupIds", "storageEncrypted", "kmsKeyId",
        "performanceInsightsKmsKeyId", "manageMasterUserPassword", "masterUserSecretKmsKeyId", "parameterGroupName",
        "copyTagsToSnapshot", "backupRetentionPeriod", "autoMinorVersionUpgrade")),
    Line(aws.DATABASE, "enabledCloudwatchLogsExports.*", _was("postgresql", GONE)),
    Line(aws.DATABASE, "multiAz", _was(True, False)),
    Line(aws.DATABASE, "deletionProtection", _was(True, False)),
    Line(aws.DATABASE, "skipFinalSnapshot", _was(False, True), _KEPT),
    Line(aws.DATABASE, "finalSnapshotIdentifier"),
    Line(aws.DATABASE, "deleteAutomatedBackups", _was(False, True), _KEPT),
    Line(aws.DATABASE, "backupRetentionPeriod", to(7), _KEPT),
    Line(aws.DATABASE_PARAMETERS, "parameters.*", lambda each: GONE if each["name"] == "rds.force_ssl" else SAME),
)  # fmt: skip
_PERMISSIONS = (
    Line(aws.ROLE, "assumeRolePolicy.Statement.*", _for_everybody),
    Line(aws.ROLE, "assumeRolePolicy.Statement.*", _unconditional),
    Line(aws.ROLE_POLICY, "policy.Statement.*", _on_everything),
    Line(aws.ROLE_POLICY, "policy.Statement.*", _everything_of_a_service),
    Line(aws.ROLE_ATTACHMENT, "policyArn", to("arn:aws:iam::aws:policy/AdministratorAccess")),
    *(Line(type_, "policy.Statement.*", change)
      for type_ in (aws.TOPIC_POLICY, aws.QUEUE_POLICY, aws.KEY, aws.REPOSITORY_POLICY)
      for change in (_for_everybody, _unconditional)),
    *(Line(type_, "policy.Statement.*", _denies) for type_ in (aws.TOPIC_POLICY, aws.QUEUE_POLICY)),
    Line(aws.FUNCTION_PERMISSION, "principal", to("*")),
    Line(aws.FUNCTION_PERMISSION, "sourceArn"),
)  # fmt: skip
_KEYS = (
    Line(aws.KEY, "enableKeyRotation"),
    Line(aws.KEY, "deletionWindowInDays", to(1)),
    Line(aws.TOPIC, "kmsMasterKeyId"),
    Line(aws.QUEUE, "kmsMasterKeyId"),
    Line(aws.LOG_GROUP, "kmsKeyId"),
    Line(aws.LOG_GROUP, "retentionInDays"),
    Line(aws.SECRET, "kmsKeyId"),
    Line(aws.SECRET, "recoveryWindowInDays", to(0), _KEPT),
    Line(aws.REPOSITORY, "encryptionConfigurations"),
    Line(aws.REPOSITORY, "encryptionConfigurations.*.kmsKey"),
    Line(aws.REPOSITORY, "imageTagMutability", to("MUTABLE")),
    Line(aws.REPOSITORY, "imageScanningConfiguration"),
    Line(aws.REPOSITORY, "forceDelete", _was(False, True), _KEPT),
)
_TAGS = tuple(Line(type_, f"tags.{tag}") for type_ in sorted(TAGGABLE) for tag in REQUIRED)
_PODS = (
    *(Line(POD, path) for path in (
        "automountServiceAccountToken", "securityContext.runAsNonRoot", "securityContext.seccompProfile")),
    *(Line(CONTAINER, path) for path in (
        "resources.requests.cpu", "resources.requests.memory", "resources.limits.cpu", "resources.limits.memory",
        "securityContext.readOnlyRootFilesystem", "securityContext.allowPrivilegeEscalation",
        "securityContext.capabilities.drop")),
    Line(CONTAINER, "livenessProbe"),
    Line(CONTAINER, "readinessProbe"),
    Line(CONTAINER, "image", lambda image: image.split("@")[0].rsplit(":", 1)[0]),
    Line(CONTAINER, "image", _by_tag, _KEPT),
    Line(CONTAINER, "env.*", _in_plain_text),
    Line(POD, "", lambda pod: pod | {"hostNetwork": True}),
    Line(_CONFIG_MAP, "data", lambda data: data | {"password": "x"}),
    Line(_NAMESPACE, ("metadata", "labels", "pod-security.kubernetes.io/enforce")),
    Line(_STORAGE_CLASS, "parameters.encrypted"),
    *(Line(_SERVICE, ("metadata", "annotations", f"service.beta.kubernetes.io/aws-load-balancer-{name}"))
      for name in ("internal", "ssl-cert")),
    Line(_SERVICE, "spec.loadBalancerSourceRanges"),
)  # fmt: skip
_FUNCTIONS = (
    *(Line(aws.FUNCTION, path) for path in (
        "tracingConfig", "reservedConcurrentExecutions", "deadLetterConfig", "kmsKeyArn")),
    Line(aws.FUNCTION, "imageUri", _by_tag, _KEPT),
    Line(aws.FUNCTION, "environment.variables", lambda variables: variables | {"DB_PASSWORD": "x"}),
    Line(aws.API_ROUTE, "authorizationType", to("NONE")),
    Line(aws.FUNCTION, "loggingConfig"),
    Line(aws.EVENT_TARGET, "deadLetterConfig"),
    Line(aws.API_STAGE, "accessLogSettings"),
    Line(aws.API_STAGE, "defaultRouteSettings"),
    Line(aws.MODEL_SERVER, "deploymentConfig"),
    Line(aws.MODEL_SERVER, "deploymentConfig.autoRollbackConfiguration"),
    Line(aws.MODEL, "vpcConfig"),
    Line(aws.MODEL, "primaryContainer.image", _by_tag, _KEPT),
    Line(aws.MODEL_ENDPOINT, "kmsKeyArn"),
    Line(aws.MODEL_ENDPOINT, "dataCaptureConfig.kmsKeyId"),
)  # fmt: skip
LINES = (*_FUNCTIONS, *_S3, *_NETWORK, *_EKS, *_RDS, *_PERMISSIONS, *_KEYS, *_TAGS, *_PODS)
# Resources that are hardening altogether.
WHOLE = (
    aws.BUCKET_ACCESS, aws.BUCKET_ENCRYPTION, aws.BUCKET_POLICY, aws.BUCKET_OWNERSHIP, aws.BUCKET_VERSIONS,
    aws.BUCKET_LOCK, aws.DEFAULT_FIREWALL, aws.FLOW_LOG, aws.TOPIC_POLICY, aws.QUEUE_POLICY,
)  # fmt: skip
