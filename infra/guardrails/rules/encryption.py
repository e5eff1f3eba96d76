"""Everything at rest is encrypted with a key of ours: its use is logged, and it can be taken away.

Except for the figures in Amazon's Prometheus, whose collectors write only where AWS' own key is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import items, lacks, must_be, must_have
from infra.guardrails.rules.rule import Object, Rule, at

_KEY = "the ARN of one of our keys"
# Where one input is all it takes.
_KEY_INPUTS = {
    aws.TOPIC: "kmsMasterKeyId",
    aws.QUEUE: "kmsMasterKeyId",
    aws.LOG_GROUP: "kmsKeyId",
    aws.SECRET: "kmsKeyId",
    aws.MODEL_ENDPOINT: "kmsKeyArn",
}
_EBS = "ebs.csi.aws.com"


def _database(it: Object) -> Iterator[str]:
    if it.type == aws.DATABASE:
        yield from must_be(it.props, "storageEncrypted", True, "data, snapshots and backups would be readable")
        yield from must_have(it.props, "kmsKeyId", _KEY, "storage has a key that all of AWS' customers share")
        if at(it.props, "performanceInsightsEnabled"):
            why = "performance insights keep statements, with values in them"
            yield from must_have(it.props, "performanceInsightsKmsKeyId", _KEY, why)


def _with_our_key(it: Object) -> Iterator[str]:
    if path := _KEY_INPUTS.get(it.type):
        yield from must_have(it.props, path, _KEY, "it is not encrypted with a key of ours")


def _captured_requests(it: Object) -> Iterator[str]:
    if it.type == aws.MODEL_ENDPOINT and at(it.props, "dataCaptureConfig", "enableCapture"):
        why = "captured requests hold customers' data"
        yield from must_have(it.props, "dataCaptureConfig.kmsKeyId", _KEY, why)


def _copies(it: Object) -> Iterator[str]:
    if it.type == aws.BUCKET_COPY:
        for rule in items(it.props.get("rules")):
            path = "destination.encryptionConfiguration.replicaKmsKeyId"
            yield from must_have(rule, path, "a key of the other region", "copies would not be encrypted with our key")
            path = "sourceSelectionCriteria.sseKmsEncryptedObjects.status"
            yield from must_be(rule, path, "Enabled", "encrypted objects, which is all of them, would not be copied")


def _cluster_secrets(it: Object) -> Iterator[str]:
    if it.type == aws.CLUSTER:
        path, why = "encryptionConfig.provider.keyArn", "Secrets would stand in the cluster's store as they are"
        yield from must_have(it.props, path, _KEY, why)
        config = at(it.props, "encryptionConfig") or {}
        if at(config, "provider") and lacks(config.get("resources"), "secrets"):
            yield f"{why}: add 'secrets' to encryptionConfig.resources"


def _node_disks(it: Object) -> Iterator[str]:
    if it.type == aws.NODE_TEMPLATE:
        disks = it.props.get("blockDeviceMappings")
        if not disks:
            yield "the node's disk is what its image says: set blockDeviceMappings with an encrypted ebs"
        for disk in items(disks):
            yield from _disk(at(disk, "ebs") or {})


def _disk(ebs: Mapping[str, Any]) -> Iterator[str]:
    yield from must_be(ebs, "encrypted", "true", "images, logs and scratch data of pods would be readable")
    yield from must_have(ebs, "kmsKeyId", _KEY, "the disk is not encrypted with a key of ours")


def _claims(it: Object) -> Iterator[str]:
    if it.kind == "StorageClass" and it.props.get("provisioner") == _EBS:
        yield from must_be(it.props, "parameters.encrypted", "true", "volumes of pods would be readable")


def _repositories(it: Object) -> Iterator[str]:
    if it.type == aws.REPOSITORY:
        found = it.props.get("encryptionConfigurations")
        if not found:
            yield "images have a key that all customers share: set encryptionConfigurations with KMS and a key of ours"
        for each in items(found):
            yield from must_be(each, "encryptionType", "KMS", "images are not encrypted with a key of ours")
            yield from must_have(each, "kmsKey", _KEY, "images are not encrypted with a key of ours")


def _variables(it: Object) -> Iterator[str]:
    if it.type == aws.FUNCTION and at(it.props, "environment", "variables"):
        yield from must_have(it.props, "kmsKeyArn", _KEY, "its variables are not encrypted with a key of ours")


ENCRYPTION_RULES = (
    Rule("databases-are-encrypted", "Databases and what they tell are encrypted with our key.", _database),
    Rule(
        "data-is-encrypted", "Messages, logs, secrets, metrics and endpoints are encrypted with our key.", _with_our_key
    ),
    Rule("captured-requests-are-encrypted", "What endpoints capture is encrypted with our key.", _captured_requests),
    Rule("copies-are-encrypted", "Copies in another region are encrypted with our key there.", _copies),
    Rule("cluster-secrets-are-encrypted", "The cluster's Secrets are encrypted with our key.", _cluster_secrets),
    Rule("node-disks-are-encrypted", "Disks of nodes are encrypted with our key.", _node_disks),
    Rule("volumes-are-encrypted", "Volumes of pods are encrypted.", _claims),
    Rule("images-are-encrypted", "Image repositories are encrypted with our key.", _repositories),
    Rule("function-variables-are-encrypted", "Variables of functions are encrypted with our key.", _variables),
)
