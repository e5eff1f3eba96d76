"""AWS resources, each spoiled in one place."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.rule import Object
from tests.infra.guardrails.broken import Broken
from tests.infra.guardrails.objects import spoiled
from tests.infra.guardrails.spoil import Spoil, change, several, statement

_STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_CERTIFICATE = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert"
_TLS_PORTS = "service.beta.kubernetes.io/aws-load-balancer-ssl-ports"
_INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"


def _service(annotations: dict[str, str], *sources: str) -> Object:
    ports = [{"port": 443.0, "name": "https"}, {"port": 80.0, "name": "http"}]
    spec = {"type": "LoadBalancer", "ports": ports, "loadBalancerSourceRanges": list(sources)}
    props = {"metadata": {"annotations": {_INTERNAL: "true", **annotations}}, "spec": spec}
    return Object("kubernetes:core/v1:Service", "mlflow", props)


_ALL_OF_A_RANGE = several(ipProtocol="-1", cidrIpv4="10.0.0.0/16", referencedSecurityGroupId=None)
_ALL = '{"Statement": [{"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}'
_EVERYTHING = statement(Action="s3:GetObject", Resource="*", Condition=None)
# Rule, type, what is spoiled, how, and a word of the complaint.
_CASES: tuple[tuple[str, str, str, Spoil, str], ...] = (
    ("images-are-fixed", aws.FUNCTION, "a function of a moving tag", change("imageUri", "r/a:latest"), "r/a:latest"),
    ("images-are-fixed", aws.MODEL, "a model without tag", change("primaryContainer.image", "r/a"), "'r/a'"),
    (
        "environments-hold-no-secrets", aws.FUNCTION, "a password of a function",
        change("environment.variables.DB_PASSWORD", "x"), "DB_PASSWORD",
    ),
    (
        "environments-hold-no-secrets", aws.MODEL, "a token of a model",
        change("primaryContainer.environment.API_TOKEN", "x"), "API_TOKEN",
    ),
    ("databases-own-their-password", aws.DATABASE, "a password of ours", change("password", "x"), "remove password"),
    (
        "databases-own-their-password", aws.DATABASE, "nobody manages it",
        change("manageMasterUserPassword", None), "manageMasterUserPassword",
    ),
    (
        "databases-own-their-password", aws.DATABASE, "a shared key",
        change("masterUserSecretKmsKeyId", None), "masterUserSecretKmsKeyId",
    ),
    ("databases-are-private", aws.DATABASE, "public", change("publiclyAccessible", True), "publiclyAccessible"),
    ("databases-are-private", aws.DATABASE, "left to the default", change("publiclyAccessible", None), "nothing"),
    ("cluster-apis-are-private", aws.CLUSTER, "open", change("vpcConfig.endpointPublicAccess", True), "AccessCidrs"),
    (
        "cluster-apis-are-private", aws.CLUSTER, "open to all",
        lambda props: props["vpcConfig"].update(endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/0"]),
        "0.0.0.0/0",
    ),
    ("cluster-apis-are-private", aws.CLUSTER, "outside only", change("vpcConfig.endpointPrivateAccess", False), "Priv"),
    ("machines-have-no-public-address", aws.SUBNET, "public", change("mapPublicIpOnLaunch", True), "mapPublic"),
    (
        "machines-have-no-public-address", aws.NODE_TEMPLATE, "public nodes",
        change("networkInterfaces", [{"associatePublicIpAddress": "true"}]), "associatePublicIpAddress",
    ),
    ("routes-are-authorised", aws.API_ROUTE, "no authorization", change("authorizationType", "NONE"), "POST /predict"),
    ("routes-are-authorised", aws.API_ROUTE, "left to the default", change("authorizationType", None), "AWS_IAM"),
    ("models-run-in-the-network", aws.MODEL, "outside", change("vpcConfig", None), "vpcConfig"),
    ("nobody-comes-in-from-everywhere", aws.FIREWALL_INGRESS, "all", change("cidrIpv4", "0.0.0.0/0"), "0.0.0.0/0"),
    ("nobody-comes-in-from-everywhere", aws.FIREWALL_INGRESS, "half", change("cidrIpv4", "128.0.0.0/1"), "128.0.0.0/1"),
    ("nobody-comes-in-from-everywhere", aws.FIREWALL_INGRESS, "all of IPv6", change("cidrIpv6", "::/0"), "::/0"),
    (
        "nobody-comes-in-from-everywhere", aws.FIREWALL, "inline",
        change("ingress", [{"cidrBlocks": ["0.0.0.0/0"]}]), "0.0.0.0/0",
    ),
    ("firewalls-name-their-traffic", aws.FIREWALL_INGRESS, "all protocols", _ALL_OF_A_RANGE, "ipProtocol"),
    ("firewalls-are-described", aws.FIREWALL, "no description", change("description", None), "description"),
    ("policies-name-who-may", aws.TOPIC_POLICY, "everybody", statement(Principal="*", Condition=None), "'Alarms'"),
    (
        "policies-name-who-may", aws.TOPIC_POLICY, "everybody, by a condition that always holds",
        statement(Principal={"AWS": "*"}, Condition={"StringLike": {"aws:SourceArn": "*"}}), "everybody",
    ),
    (
        "policies-name-who-may", aws.ROLE, "a role for everybody",
        statement(field="assumeRolePolicy", Principal={"AWS": "*"}, Condition=None), "'Assume'",
    ),
    ("policies-name-who-may", aws.FUNCTION_PERMISSION, "everybody calls", change("principal", "*"), "principal"),
    ("services-act-for-this-account", aws.TOPIC_POLICY, "any account", statement(Condition=None), "aws:SourceAccount"),
    ("services-act-for-this-account", aws.FUNCTION_PERMISSION, "any API", change("sourceArn", None), "sourceArn"),
    ("databases-are-private", aws.DATABASE, "AWS' network", change("dbSubnetGroupName", None), "dbSubnetGroupName"),
    ("databases-are-private", aws.DATABASE, "AWS' group", change("vpcSecurityGroupIds", None), "vpcSecurityGroupIds"),
    (
        "services-act-for-this-account", aws.ROLE, "a service that says for whom",
        statement(field="assumeRolePolicy", Principal={"Service": "eks.amazonaws.com"}, Condition=None), "eks",
    ),
    (
        "services-act-for-this-account", aws.KEY, "the same for a key",
        statement(Principal={"Service": "events.amazonaws.com"}, Action="kms:Decrypt", Condition=None), "events",
    ),
    ("gateways-lead-to-our-account", aws.DOOR, "no policy", several(vpcEndpointType="Gateway"), "policy"),
    ("gateways-lead-to-our-account", aws.DOOR, "to everybody", several(vpcEndpointType="Gateway", policy=_ALL), "All"),
    ("endpoints-are-used-and-guarded", aws.DOOR, "gone past", change("privateDnsEnabled", False), "privateDnsEnabled"),
    ("endpoints-are-used-and-guarded", aws.DOOR, "open", change("securityGroupIds", None), "securityGroupIds"),
    ("databases-are-patched", aws.DATABASE, "never", change("autoMinorVersionUpgrade", None), "autoMinor"),
    ("databases-are-encrypted", aws.DATABASE, "plain", change("storageEncrypted", False), "storageEncrypted"),
    ("databases-are-encrypted", aws.DATABASE, "a shared key", change("kmsKeyId", None), "kmsKeyId"),
    (
        "databases-are-encrypted", aws.DATABASE, "insights with a shared key",
        change("performanceInsightsKmsKeyId", None), "performanceInsightsKmsKeyId",
    ),
    ("data-is-encrypted", aws.TOPIC, "a topic", change("kmsMasterKeyId", None), "kmsMasterKeyId"),
    ("data-is-encrypted", aws.QUEUE, "a queue", change("kmsMasterKeyId", None), "kmsMasterKeyId"),
    ("data-is-encrypted", aws.LOG_GROUP, "logs", change("kmsKeyId", None), "kmsKeyId"),
    ("data-is-encrypted", aws.SECRET, "a secret", change("kmsKeyId", None), "kmsKeyId"),
    ("data-is-encrypted", aws.MODEL_ENDPOINT, "an endpoint", change("kmsKeyArn", None), "kmsKeyArn"),
    (
        "captured-requests-are-encrypted", aws.MODEL_ENDPOINT, "plain",
        change("dataCaptureConfig.kmsKeyId", None), "dataCaptureConfig.kmsKeyId",
    ),
    (
        "copies-are-encrypted", aws.BUCKET_COPY, "a shared key",
        change("rules.0.destination.encryptionConfiguration", None), "replicaKmsKeyId",
    ),
    (
        "copies-are-encrypted", aws.BUCKET_COPY, "what is encrypted is not copied",
        change("rules.0.sourceSelectionCriteria", None), "sseKmsEncryptedObjects",
    ),
    ("cluster-secrets-are-encrypted", aws.CLUSTER, "plain", change("encryptionConfig", None), "encryptionConfig"),
    (
        "cluster-secrets-are-encrypted", aws.CLUSTER, "of something else",
        change("encryptionConfig.resources", ["configmaps"]), "'secrets'",
    ),
    ("node-disks-are-encrypted", aws.NODE_TEMPLATE, "as it comes", change("blockDeviceMappings", None), "blockDevice"),
    (
        "node-disks-are-encrypted", aws.NODE_TEMPLATE, "a shared key",
        change("blockDeviceMappings.0.ebs.kmsKeyId", None), "kmsKeyId",
    ),
    (
        "node-disks-are-encrypted", aws.NODE_TEMPLATE, "plain",
        change("blockDeviceMappings.0.ebs.encrypted", "false"), "encrypted",
    ),
    ("images-are-encrypted", aws.REPOSITORY, "as it comes", change("encryptionConfigurations", None), "KMS"),
    (
        "images-are-encrypted", aws.REPOSITORY, "a shared key",
        change("encryptionConfigurations.0.kmsKey", None), "kmsKey",
    ),
    ("function-variables-are-encrypted", aws.FUNCTION, "a shared key", change("kmsKeyArn", None), "kmsKeyArn"),
    ("databases-demand-tls", aws.DATABASE_PARAMETERS, "as it comes", change("parameters", []), "rds.force_ssl"),
    ("databases-demand-tls", aws.DATABASE_PARAMETERS, "off", change("parameters.0.value", "0"), "rds.force_ssl"),
    ("databases-demand-tls", aws.DATABASE, "AWS' parameters", change("parameterGroupName", None), "parameterGroupName"),
    ("permissions-name-actions", aws.ROLE_POLICY, "all of a service", statement(Action="s3:*", Resource="r"), "s3:*"),
    ("permissions-name-actions", aws.ROLE_POLICY, "some", statement(Action="s3:Get*", Resource="r"), "s3:Get*"),
    (
        "permissions-name-actions", aws.ROLE_POLICY, "all but",
        statement(Action=None, NotAction="iam:*", Resource="r"), "NotAction",
    ),
    (
        "permissions-name-actions", aws.KEY, "a role may do all with a key",
        statement(Principal={"AWS": "arn:aws:iam::123456789012:role/x"}), "kms:*",
    ),
    ("permissions-name-resources", aws.ROLE_POLICY, "everything", _EVERYTHING, "s3:GetObject"),
    (
        "permissions-name-resources", aws.ROLE_POLICY, "every role",
        statement(Action="iam:PassRole", Resource="arn:aws:iam::123456789012:role/*"), "role/*",
    ),
    (
        "permissions-name-resources", aws.ROLE_POLICY, "without its condition",
        statement(Action="cloudwatch:PutMetricData", Resource="*", Condition=None), "cloudwatch:namespace",
    ),
    (
        "attached-policies-have-a-reason", aws.ROLE_ATTACHMENT, "administrator",
        change("policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"), "AdministratorAccess",
    ),
    (
        "attached-policies-have-a-reason", aws.ROLE, "in the role",
        change("managedPolicyArns", ["arn:aws:iam::aws:policy/PowerUserAccess"]), "PowerUserAccess",
    ),
    ("resources-are-tagged", aws.SUBNET, "no tags", change("tags", None), "owner, cost-center, environment"),
    ("resources-are-tagged", aws.SUBNET, "no owner", change("tags.owner", None), "tags owner are"),
    ("machines-are-tagged", aws.NODE_TEMPLATE, "no disks", lambda props: props["tagSpecifications"].pop(), "'volume'"),
    ("kept-data-refuses-deletion", aws.DATABASE, "a database", change("deletionProtection", None), "deletionProt"),
    ("kept-data-refuses-deletion", aws.CLUSTER, "a cluster", change("deletionProtection", False), "deletionProtection"),
    ("kept-data-is-not-emptied", aws.BUCKET, "a bucket", change("forceDestroy", True), "forceDestroy"),
    ("kept-data-is-not-emptied", aws.REPOSITORY, "images", change("forceDelete", True), "forceDelete"),
    ("databases-leave-a-snapshot", aws.DATABASE, "none", change("skipFinalSnapshot", True), "skipFinalSnapshot"),
    (
        "databases-leave-a-snapshot", aws.DATABASE, "without a name",
        change("finalSnapshotIdentifier", None), "finalSnapshotIdentifier",
    ),
    ("databases-leave-a-snapshot", aws.DATABASE, "no tags", change("copyTagsToSnapshot", None), "copyTagsToSnapshot"),
    ("databases-leave-a-snapshot", aws.DATABASE, "no backups", change("deleteAutomatedBackups", True), "Automated"),
    ("kept-databases-survive-a-zone", aws.DATABASE, "one zone", change("multiAz", False), "multiAz"),
    ("databases-can-be-restored", aws.DATABASE, "a week", change("backupRetentionPeriod", 7), "30"),
    ("keys-and-secrets-come-back", aws.KEY, "a week", change("deletionWindowInDays", 7), "30"),
    ("keys-and-secrets-come-back", aws.SECRET, "never", change("recoveryWindowInDays", 0), "recoveryWindow"),
    ("keys-rotate", aws.KEY, "never", change("enableKeyRotation", None), "enableKeyRotation"),
    ("nodes-keep-their-credentials", aws.NODE_TEMPLATE, "v1", change("metadataOptions.httpTokens", "optional"), "http"),
    (
        "nodes-keep-their-credentials", aws.NODE_TEMPLATE, "two hops",
        change("metadataOptions.httpPutResponseHopLimit", 2), "httpPutResponseHopLimit",
    ),
    ("nodes-come-from-a-template", aws.NODE_GROUP, "AWS' own", change("launchTemplate", None), "launchTemplate"),
    ("nodes-come-from-a-template", aws.NODE_GROUP, "log in", change("remoteAccess", {"ec2SshKey": "k"}), "log in"),
    ("clusters-keep-all-logs", aws.CLUSTER, "no audit", change("enabledClusterLogTypes", ["api"]), "audit, auth"),
    (
        "cluster-access-is-by-entry", aws.CLUSTER, "a ConfigMap",
        change("accessConfig.authenticationMode", "API_AND_CONFIG_MAP"), "authenticationMode",
    ),
    (
        "cluster-access-is-by-entry", aws.CLUSTER, "the creator",
        change("accessConfig.bootstrapClusterCreatorAdminPermissions", None), "bootstrapClusterCreatorAdminPermissions",
    ),
    ("network-policies-are-enforced", aws.ADDON, "YAML", change("configurationValues", "a: b"), "enableNetworkPolicy"),
    ("network-policies-are-enforced", aws.ADDON, "not", change("configurationValues", "{}"), "enableNetworkPolicy"),
    ("functions-are-traced", aws.FUNCTION, "not", change("tracingConfig", None), "tracingConfig.mode"),
    ("functions-are-bounded", aws.FUNCTION, "not", change("reservedConcurrentExecutions", None), "reservedConcurrent"),
    ("functions-lose-no-events", aws.FUNCTION, "no queue", change("deadLetterConfig", None), "deadLetterConfig"),
    ("functions-lose-no-events", aws.EVENT_TARGET, "undelivered", change("deadLetterConfig", None), "deadLetterConfig"),
    ("functions-log-where-we-say", aws.FUNCTION, "nowhere", change("loggingConfig.logGroup", None), "logGroup"),
    ("api-calls-are-bounded", aws.API_STAGE, "not", change("defaultRouteSettings.throttlingRateLimit", None), "Rate"),
    ("rollouts-are-watched", aws.MODEL_SERVER, "not", change("deploymentConfig", None), "alarms"),
    ("logs-end", aws.LOG_GROUP, "never", change("retentionInDays", None), "retentionInDays"),
    ("api-calls-are-logged", aws.API_STAGE, "not", change("accessLogSettings", None), "accessLogSettings"),
    ("databases-keep-logs", aws.DATABASE, "not", change("enabledCloudwatchLogsExports", []), "postgresql"),
    ("tags-of-images-stay", aws.REPOSITORY, "not", change("imageTagMutability", "MUTABLE"), "imageTagMutability"),
    ("images-are-scanned", aws.REPOSITORY, "not", change("imageScanningConfiguration", None), "scanOnPush"),
)  # fmt: skip


def broken_aws() -> Iterator[Broken]:
    """At least one for every rule about AWS."""
    for rule, type_, what, spoil, word in _CASES:
        yield Broken(rule, what, spoiled(type_, spoil), word)
    for type_ in (aws.DATABASE, aws.BUCKET, aws.KEY, aws.REPOSITORY, aws.METRICS, aws.CLUSTER):
        it = spoiled(type_, lambda _: None, protect=False)
        yield Broken("kept-data-is-protected", type_, it, "protect")
    disks = {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}}
    yield Broken("volumes-are-encrypted", "plain", Object(_STORAGE_CLASS, "gp3", disks), "parameters.encrypted")
    tls = {_CERTIFICATE: "arn:aws:acm:x"}
    yield Broken("load-balancers-speak-tls", "no certificate", _service({}, "10.0.0.0/16"), _CERTIFICATE)
    one = _service(tls | {_TLS_PORTS: "443"}, "10.0.0.0/16")
    yield Broken("load-balancers-speak-tls", "one port of two", one, "port 80")
    yield Broken("load-balancers-name-their-clients", "nobody", _service(tls), "loadBalancerSourceRanges")
    yield Broken("load-balancers-name-their-clients", "everybody", _service(tls, "0.0.0.0/0"), "0.0.0.0/0")
